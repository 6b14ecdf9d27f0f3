"""What the forms of one concern have in common."""

from django import forms
from django.utils.translation import gettext as _

from feedback.access import Act

TEXT_LIMIT = 5000
NOTHING_SAID = forms.Field.default_error_messages["required"]


def say_what_is_missing(form) -> None:
    """Let each field of `form` that must not be empty say so by its own name, where it has no sentence of its own for it."""
    for field in form.fields.values():
        if field.required and field.error_messages.get("required") == NOTHING_SAID:
            field.error_messages["required"] = _("“%(label)s” needs an answer.") % {"label": field.label}


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
        if self.is_bound:
            say_what_is_missing(self)

    def made_of(self) -> dict:
        """With what such a form is made, beside what was typed."""
        return {"concern": self.concern, "user": self.user}

    @property
    def unfolded(self) -> bool:
        """Whether something in the folded part is wrong, or filled in already."""
        return any(
            self[name].errors or (self.is_bound and self.data.get(name)) for name in self.folded if name != "how"
        )

    def same_for_all(self, name: str) -> str:
        """What the empty field `name` is known by where it is the same for everybody, so that it need not be drawn anew.

        "" where it hangs on the person, on the concern or on what was typed: that is nobody else's, and never kept.
        """
        field, first = self.fields[name], self.base_fields.get(name)
        if self.is_bound or first is None or self.initial.get(name) is not None or getattr(field, "hints", None):
            return ""
        drawn = ("label", "help_text", "initial", "disabled")
        if (
            any(getattr(field, one) is not getattr(first, one) for one in drawn)
            or field.widget.attrs != first.widget.attrs
        ):
            return ""
        if hasattr(field, "queryset"):
            place = [getattr(self.concern, one) for one in self.kept[name]] if name in self.kept else None
            return "" if place is None else f"{self.act} {name} {place}"
        same = getattr(field, "choices", None) == getattr(first, "choices", None)
        return f"{self.act} {name}" if same else ""

    def before_it_is_sent(self, advise):
        """This valid form once more, where the person looks at something first; None where it is sent at once.

        `advise`: called with words, gives what would make them easier to read, a sentence each.
        """
        return None

    def prepare(self):
        """Narrow choices to what this concern allows."""
