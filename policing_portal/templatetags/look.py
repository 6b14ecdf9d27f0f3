"""What the partials in templates/_partials/ need of Python: form parts with the right attributes, dates in words, a small trend.

Any template may `{% load look %}`; no app imports this module.
"""

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext

from feedback.clock import in_words

register = template.Library()

CLASSES = {
    "text": "govuk-input",
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "selectmultiple": "govuk-select",
    "file": "govuk-file-upload",
    "clearablefile": "govuk-file-upload",
}


@register.filter
def when(moment):
    """An aware datetime as "Thursday 26 November, 2:10pm" in Europe/London, with the year where it isn't this one."""
    if not moment:
        return ""
    this_year = timezone.localtime(moment).year == timezone.localtime().year
    return in_words(moment) if this_year else f"{in_words(moment)} ({timezone.localtime(moment).year})"


@register.filter
def spoken(words):
    """`words` of the force pack in the reader's language, where its catalogue has them; what staff wrote anew stays as it is."""
    return gettext(words) if words else ""


def _described_by(field, *, hint, count):
    parts = [f"{field.auto_id}-hint"] if hint else []
    parts += [f"{field.auto_id}-error"] if field.errors else []
    # GOV.UK's character count looks for this id and speaks through it.
    parts += [f"{field.auto_id}-info"] if count else []
    return " ".join(parts)


@register.simple_tag
def control(field, hint="", count=None, extra=""):
    """The input, textarea, select or file part of a bound `field`, with GOV.UK's classes and aria attributes.

    `hint` is the text shown above it (for aria-describedby), `count` the character limit where it is counted, `extra` more
    classes. Everything else (autocomplete, inputmode, spellcheck, rows ...) is said once, on the form's widget.
    """
    widget = field.field.widget
    # The browser's own bubbles say less than our error summary and can't be translated, so no control is `required`.
    field.form.use_required_attribute = False
    base = CLASSES.get(field.widget_type, "govuk-input")
    names = [base, widget.attrs.get("class", ""), extra, f"{base}--error" if field.errors else ""]
    names += ["govuk-js-character-count"] if count else []
    names += ["govuk-password-input__input govuk-js-password-input-input"] if field.widget_type == "password" else []
    # False leaves an attribute out.
    attrs = {
        "class": " ".join(filter(None, names)),
        "aria-describedby": _described_by(field, hint=hint, count=count) or False,
        "aria-invalid": "true" if field.errors else False,
        "placeholder": False,
    }
    if count:
        attrs["maxlength"] = False  # counted, never cut: a pasted text must not lose its end
    return field.as_widget(attrs=attrs)


@register.simple_tag
def count_words():
    """What GOV.UK's character count says while somebody types, by its names; nothing in English, where it has words of its own.

    The sentences are the same for every number, so each of the plural forms that a language may ask for has the same.
    """
    if get_language() == settings.LANGUAGE_CODE:
        return []
    left, over = gettext("Characters left: %(number)s"), gettext("Characters too many: %(number)s")
    said = [("at-limit", left % {"number": 0})]
    for form in ("zero", "one", "two", "few", "many", "other"):
        said += [(f"under-limit.{form}", left % {"number": "%{count}"})]
        said += [(f"over-limit.{form}", over % {"number": "%{count}"})]
    return said


@register.simple_tag
def choices(field):
    """The choices of a radio or checkbox `field`: a list of dicts id, name, value, label, checked, disabled, hint.

    Hints come from the form field: `form.fields["kind"].hints = {value: sentence}`.
    """
    hints = getattr(field.field, "hints", {})
    return [
        {
            "id": part.id_for_label,
            "name": part.data["name"],
            "value": part.data["value"],
            "label": part.choice_label,
            "checked": part.data["selected"],
            "disabled": part.data["attrs"].get("disabled", False),
            "hint": hints.get(str(part.data["value"]), ""),
        }
        for part in field.subwidgets
    ]


@register.filter
def described_by(field, hint):
    """The ids that describe the fieldset of a bound radio or checkbox `field`, given its `hint`."""
    return _described_by(field, hint=hint, count=None)


@register.filter
def first_id(field):
    """The id an error summary links to: the control, or the first radio or checkbox of a group."""
    if field.use_fieldset:
        return next((part.id_for_label for part in field.subwidgets), field.auto_id)
    return field.id_for_label or field.auto_id


@register.simple_tag
def trend(values, width=260, height=56):
    """A zero-based line through `values` (oldest first): dict points (for an SVG polyline), x, y of its end; {} below two."""
    values = [float(value) for value in values or ()]
    if len(values) < 2:
        return {}
    top = max(values) or 1
    step = (width - 8) / (len(values) - 1)
    # Whole strings, so that a locale's decimal comma never reaches the SVG.
    spots = [
        (f"{step * i + 4:.1f}", f"{height - 4 - (height - 8) * value / top:.1f}") for i, value in enumerate(values)
    ]
    return {"points": " ".join(f"{x},{y}" for x, y in spots), "x": spots[-1][0], "y": spots[-1][1]}
