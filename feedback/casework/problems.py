"""Problems: what several concerns have in common, worked on in the steps of OSARA, and made a priority when it is ready."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from areas.models import Area, Ward
from feedback.access import reach_of
from feedback.lifecycle import Refused
from feedback.models import Concern, Problem, ReadLog, record_reading
from feedback.models.problem import STEPS, Changed
from feedback.models.scope import AWAITS_REPLY, OPEN

from .actform import TEXT_LIMIT, say_what_is_missing
from .acts import SeeOther, door
from .doors import staff_page
from .filters import LONGEST_NUMBER
from .page import frame
from .rows import for_rows, rows_of

SHOWN = 50  # concerns on the page of one problem; the queue has them all
ENDED = 20  # ended problems on the list


class BeginForm(forms.ModelForm):
    """A new problem; which area is asked only of those who work in several."""

    class Meta:
        model = Problem
        fields = ["title", "objective", "area"]
        widgets = {"objective": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, areas, **options):
        super().__init__(*args, **options)
        self.fields["area"].queryset = areas
        self.fields["area"].initial = areas.first()
        if len(areas) == 1:
            self.fields["area"].widget = forms.HiddenInput()
        say_what_is_missing(self)


class StepsForm(forms.ModelForm):
    """The words of a problem, step by step."""

    shown = forms.IntegerField(widget=forms.HiddenInput)  # the version that the page showed

    class Meta:
        model = Problem
        fields = ["title", *STEPS]
        widgets = {name: forms.Textarea(attrs={"rows": 4, "maxlength": TEXT_LIMIT}) for name in STEPS}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        say_what_is_missing(self)

    def _post_clean(self):
        """What was typed is written under the row's lock, never into the row that was read before."""


class PublishForm(forms.Form):
    """What the public reads of it."""

    title = forms.CharField(label=gettext_lazy("Title for the public"), max_length=120)
    you_said = forms.CharField(
        label=gettext_lazy("What people said"),
        help_text=gettext_lazy("In their words, without names, house numbers or anything told in confidence."),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ward = forms.ModelChoiceField(
        Ward.objects.none(), label=gettext_lazy("Ward"), required=False, empty_label=gettext_lazy("The whole area")
    )
    shown = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, problem, **options):
        super().__init__(*args, initial={"title": problem.title, "shown": problem.version}, **options)
        self.fields["ward"].queryset = problem.area.wards.active()
        say_what_is_missing(self)


def workers_only(request) -> None:
    """The 404 of nothing for somebody who works in no area today."""
    if not reach_of(request.user).areas:
        raise Http404


def found(request, pk) -> Problem:
    """The problem of that number in an area of one's own; otherwise the same 404 as for none."""
    return get_object_or_404(Problem.objects.select_related("area"), pk=pk, area__in=reach_of(request.user).areas)


@staff_page
def problems(request):
    """The problems of one's areas: what is worked on, how many people stand behind it; and a form to begin one."""
    workers_only(request)
    framed, reach = frame(request), reach_of(request.user)
    areas = Area.objects.filter(pk__in=reach.areas)
    form = BeginForm(request.POST if request.method == "POST" else None, areas=areas)
    if form.is_valid():
        return SeeOther(reverse("casework:problem_page", args=[form.save().pk]))
    every = Problem.objects.filter(area__in=reach.areas).select_related("area", "priority")
    context = {
        **framed, "form": form, "rows": counted(request, every.filter(ended_on=None)),
        "ended": every.exclude(ended_on=None).order_by("-ended_on")[:ENDED],
    }  # fmt: skip
    return render(request, "casework/problems.html", context, status=422 if form.is_bound else 200)


def counted(request, rows) -> list[dict]:
    """`rows` with how many concerns each has, and how many people in it wait: those with the most first."""
    seen = Concern.objects.visible_to(request.user).filter(problem__in=rows.order_by()).order_by()
    counts = seen.values_list("problem").annotate(n=Count("pk"), waiting=Count("pk", filter=OPEN & AWAITS_REPLY))
    numbers = {pk: rest for pk, *rest in counts}
    listed = [
        dict(zip(("problem", "concerns", "waiting"), (row, *numbers.get(row.pk, (0, 0))), strict=True)) for row in rows
    ]
    return sorted(listed, key=lambda row: (-row["waiting"], -row["concerns"]))


@staff_page
def problem_page(request, pk):
    """One problem: its steps, its concerns, and what is left to do."""
    problem = found(request, pk)
    if request.method != "POST":
        return page_of(request, problem)
    return unwritten(request, problem) or SeeOther(reverse("casework:problem_page", args=[pk]))


def unwritten(request, problem):
    """Keep what was typed of its steps, and say so; or the page that says why it can't be kept."""
    form = StepsForm(request.POST, instance=problem)
    if not form.is_valid():
        return page_of(request, problem, steps=form, status=422)
    said = dict(form.cleaned_data)
    try:
        problem.write({name: said[name] for name in ("title", *STEPS)}, version=said["shown"])
    except Refused as refusal:
        return conflict(request, problem, form, refusal)
    messages.success(request, _("What you wrote is kept."))
    return None


def conflict(request, problem, form, refusal):
    """Somebody saved since: both are shown, and what was typed can be sent again."""
    problem.refresh_from_db()
    again = {**form.data.dict(), "shown": problem.version}
    publishing = PublishForm(again, problem=problem) if isinstance(form, PublishForm) else None
    steps = None if publishing else StepsForm(again, instance=problem)
    (publishing or steps).add_error(None, str(refusal))  # type: ignore[union-attr]
    theirs = [(Problem._meta.get_field(name).verbose_name, getattr(problem, name)) for name in ("title", *STEPS)]  # type: ignore[union-attr]
    return page_of(request, problem, steps=steps, publishing=publishing, theirs=theirs, status=409)


def page_of(request, problem, *, steps=None, publishing=None, theirs=(), status=200):
    """The page of `problem`, with a refused form in its place."""
    seen = Concern.objects.visible_to(request.user).filter(problem=problem)
    waiting = list(seen.awaiting_reply().in_due_order().values_list("reference", "version")[:SHOWN])
    concerns = list(for_rows(seen).order_by("-received_at", "-pk")[:SHOWN])
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why=f"problem {problem.pk}", rows=len(concerns))
    leads = problem.area_id in reach_of(request.user).commands
    may_publish = leads and not problem.priority_id and not problem.ended_on
    shown = {"shown": problem.version}
    context = {
        **frame(request, problem.area), "problem": problem, "rows": rows_of(concerns), "waiting": waiting,
        "steps": steps or StepsForm(instance=problem, initial=shown), "theirs": theirs, "number": seen.count(),
        "publishing": publishing or (PublishForm(problem=problem) if may_publish else None),
        "form": steps or publishing,
    }  # fmt: skip
    return render(request, "casework/problem.html", context, status=status)


@staff_page
def close(request, pk):
    """Close it, with what was typed of its steps, or (`again`) work on it again."""
    problem = found(request, pk)
    if request.method == "POST":
        again = "again" in request.POST
        if not again and (refused := unwritten(request, problem)):
            return refused
        try:
            if again:
                shown = request.POST.get("shown", "")
                problem.reopen(version=int(shown) if shown.isdecimal() and len(shown) < LONGEST_NUMBER else 0)
            else:
                seen = Concern.objects.visible_to(request.user).filter(problem=problem)
                problem.close(waiting=seen.awaiting_reply().count(), version=problem.version)
        except Refused as refusal:
            messages.error(request, str(refusal))
    return SeeOther(reverse("casework:problem_page", args=[pk]))


@staff_page
def publish(request, pk):
    """The commander makes it a priority that everybody can read."""
    problem = found(request, pk)
    if problem.area_id not in reach_of(request.user).commands:
        raise PermissionDenied(_("Only the commander of the area publishes a priority."))
    if request.method != "POST":
        return SeeOther(reverse("casework:problem_page", args=[pk]))
    form = PublishForm(request.POST, problem=problem)
    if form.is_valid():
        said = form.cleaned_data
        try:
            problem.publish(said["title"], said["you_said"], ward=said["ward"], version=said["shown"])
            messages.success(request, _("Everybody can read this priority now."))
            return SeeOther(reverse("casework:problem_page", args=[pk]))
        except Changed as refusal:
            return conflict(request, problem, form, refusal)
        except (Refused, ValidationError) as refusal:
            form.add_error(None, getattr(refusal, "messages", None) or str(refusal))
    return page_of(request, found(request, pk), publishing=form, status=422)
