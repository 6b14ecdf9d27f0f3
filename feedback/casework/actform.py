"""What the forms of one concern have in common."""

from django import forms

from feedback.access import Act

TEXT_LIMIT = 5000


def words(label, hint="", *, rows=5, required=True):
    """A text of up to TEXT_LIMIT characters."""
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, max_length=TEXT_LIMIT, widget=box, required=required)


class ActForm(forms.Form):
    """One act on a concern. `version` and `seen` say what the page showed when it was filled in."""

    act: Act
    title = ""  # of the folded part
    button = ""  # what the person does, as a verb
    more: tuple = ()  # further buttons: pairs of what `do` says, and a verb
    folded: tuple = ()  # the names of fields that are seldom needed, and what they are about
    folded_title = ""
    advice: tuple = ()  # what is said above the form, a sentence each
    preview = ""  # what the person will read
    # Fields whose long choices are public facts, and by which fields of the concern they differ: `page.offered` keeps them.
    kept: dict[str, tuple] = {}

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, concern, user, seen=0, initial=None):
        start = {"version": concern.version, "seen": seen, **(initial or {})}
        super().__init__(data, auto_id=f"{self.act}-%s", initial=start)
        self.concern, self.user = concern, user
        self.prepare()

    @property
    def unfolded(self) -> bool:
        """Whether something in the folded part is wrong, or filled in already."""
        return any(
            self[name].errors or (self.is_bound and self.data.get(name)) for name in self.folded if name != "how"
        )

    def prepare(self):
        """Narrow choices to what this concern allows."""
