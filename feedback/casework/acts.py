"""The acts on one concern: each fetches it through the scope, asks `may`, calls one verb and leads on."""

from functools import partial, wraps

from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.caching import fact
from areas.models import Force
from feedback import readability
from feedback.access import Act, Capacity, capacities, may
from feedback.lifecycle import Refused, Status
from feedback.models import Concern, ReadLog, record_reading
from feedback.models.concern import Stale
from hubs.models import Posting

from .doors import find, staff_page
from .forms import FORMS
from .history import history_of, timeline
from .leaving import filename
from .page import concern_page, frame, last_list
from .sheet import as_csv, facts_of
from .typed import typed_into


class SeeOther(HttpResponseRedirect):
    """303: what was sent is done, and the next page is read with GET."""

    status_code = 303


def act(name: Act):
    """A view for the act `name` around `do(request, concern, said)`, which returns the sentence that it was done.

    A form that can't be taken is shown again on the concern's page with what was typed (422); one from before somebody
    else's change leads to a page that shows both (409); one whose concern, or whose right, is gone gives back what was
    typed (404, 403).
    """

    def decorate(do):
        @wraps(do)
        def view(request, reference):
            if request.method != "POST":
                return SeeOther(find(request, reference).get_absolute_url())
            try:
                return taken(do, request, find(request, reference), FORMS[name])
            except Http404:
                return given_back(request, FORMS[name], status=404)

        return staff_page(view)

    return decorate


def taken(do, request, concern, form_class):
    """The answer to the form of one act: refused, looked at before it is sent, or carried out."""
    if not may(request.user, form_class.act, concern):
        return given_back(request, form_class, status=403, concern=concern)
    form = form_class(request.POST, concern=concern, user=request.user)
    if not form.is_valid():
        return shown(request, concern, form, status=422)
    if again := form.before_it_is_sent(partial(advice_on, request)):
        return shown(request, concern, again, status=200)
    return carried_out(do, request, concern, form)


def given_back(request, form_class, *, status, concern=None):
    """What was typed about a concern that is not (404), or not any more, this person's to see, or to work on (403).

    One page for what went elsewhere, is another's or does not exist: it holds nothing but what came with the request.
    """
    context = {**frame(request), "concern": concern, "typed": typed_into(form_class.base_fields, request.POST)}
    return render(request, "casework/given_back.html", context, status=status)


def carried_out(do, request, concern, form):
    """Do it, and lead on; or show why it can't be done, with what was typed."""
    try:
        done = do(request, concern, form.cleaned_data)
    except Stale:
        return conflict(request, find(request, concern.reference), form)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return shown(request, find(request, concern.reference), form, status=422)
    return done if hasattr(done, "status_code") else lead_on(request, concern, done)


def shown(request, concern, form, *, status):
    """The concern's page with this form open: refused (422), or looked at before it is sent (200)."""
    record_reading(request.user, ReadLog.What.CONCERN, door=door(request), concern=concern)
    return concern_page(request, concern, bound=form, status=status)


def advice_on(request, text) -> list[str]:
    """What would make `text` easier to read, a sentence each."""
    return readability.advice(text, fact(request, "jargon", lambda: Force.objects.get().jargon))


def conflict(request, concern, form):
    """Somebody saved since the page was shown: what changed, and what was typed, ready to send again."""
    record_reading(request.user, ReadLog.What.CONCERN, door=door(request), concern=concern)
    changed = history_of(concern).filter(pk__gt=form.cleaned_data.get("seen") or 0)
    seen = changed[0].pk if changed else form.cleaned_data["seen"]
    again = FORMS[form.act](
        {**form.data.dict(), "version": concern.version, "seen": seen}, concern=concern, user=request.user
    )
    context = {**frame(request), "concern": concern, "entries": timeline(changed), "again": again}
    return render(request, "casework/conflict.html", context, status=409)


def lead_on(request, concern, done):
    """To the concern, or to the queue where it is in other hands now; either way the sentence `done` is shown."""
    messages.success(request, done)
    still_here = Concern.objects.visible_to(request.user).filter(pk=concern.pk).exists()
    return SeeOther(concern.get_absolute_url() if still_here else last_list(request))


def door(request) -> str:
    """The route's name, for the read log."""
    return request.resolver_match.view_name


@act(Act.ACKNOWLEDGE)
def acknowledge(request, concern, said):
    """A named human has read it and decided what it is."""
    concern.acknowledge(by=request.user, decision=said["decision"], text=said["text"], version=said["version"])
    return _("It is kept that you have read this concern, and what you decided.")


@act(Act.TAKE)
def take(request, concern, said):
    """Give it to oneself."""
    team = concern.team and Posting.objects.team_for(request.user, concern.team)  # theirs follows
    concern.assign(officer=request.user, team=team, decision=said["decision"], by=request.user, version=said["version"])
    return _("This concern is yours now.")


@act(Act.ASSIGN)
def assign(request, concern, said):
    """Give it to a person or team posted in the area."""
    given = {name: said[name] for name in ("officer", "team", "decision", "version")}
    concern.assign(by=request.user, **given)
    if concern.owner_label:
        return _("It is with %(owner)s now.") % {"owner": concern.owner_label}
    return _("Nobody has this concern now.")


@act(Act.REPLY)
def reply(request, concern, said):
    """Answer the person: the only thing that stops the clock."""
    if said.get("holding"):
        concern.reply_for_now(said["answer"], by=request.user, version=said["version"])
        return _("Your holding reply is on the person's page. The clock runs on.")
    how = {name: said[name] for name in ("how", "said_by", "happened_at")}
    concern.reply(said["answer"], by=request.user, version=said["version"], **how)
    others = said.get("everyone") and concern.answer_all(said["answer"], said["others"], by=request.user, **how)
    return _("Your reply is on the person's page.") if not others else _("Everybody who told us has your reply now.")


@act(Act.ASK)
def ask(request, concern, said):
    """Ask the person who told us."""
    concern.ask(said["text"], by=request.user, version=said["version"])
    if concern.ticks and not concern.pause:
        return "Your question is on the person's page. The clock runs on: it has waited for as long as it may in all."
    return _("Your question is on the person's page.")


@act(Act.PAUSE)
def pause(request, concern, said):
    """Let the clock wait, for a reason that the person reads."""
    concern.pause_clock(said["why"], said["until"], said["text"], by=request.user, version=said["version"])
    return _("The clock waits. The person can read why, and the new time.")


@act(Act.RESUME)
def resume(request, concern, said):
    """Let the clock go on."""
    concern.resume_clock(by=request.user, version=said["version"])
    return _("The clock goes on.")


@act(Act.SPLIT)
def split(request, concern, said):
    """Make two concerns of one."""
    second = concern.split(said["text"], said["category"], by=request.user, version=said["version"])
    messages.success(request, _("The second matter is %(reference)s now.") % {"reference": second.reference})
    return SeeOther(second.get_absolute_url())


@act(Act.SHEET)
def sheet(request, concern, said):
    """The facts for whoever records the crime, as a page to print or as a file; kept in the read log as an export."""
    record_reading(request.user, ReadLog.What.EXPORT, door=door(request), concern=concern, why=said["shape"])
    facts = facts_of(concern)
    if said["shape"] == "csv":
        name = filename(f"crime-sheet-{concern.reference}", 1, request.user)
        return HttpResponse(
            as_csv(facts), content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip
    return render(request, "casework/sheet.html", {**frame(request, concern.area), "concern": concern, "facts": facts})


@act(Act.NOTE)
def note(request, concern, said):
    """Keep an internal note."""
    concern.add_note(said["text"], by=request.user, tell=said.get("tell"), version=said["version"])
    return _("Your note is kept.")


@act(Act.REFER)
def refer(request, concern, said):
    """Pass it to a partner."""
    how = {name: said[name] for name in ("facts", "consent", "agreed", "told", "told_at", "version")}
    concern.refer(said["partner"], said["text"], by=request.user, **how)
    return _("It is referred to %(partner)s.") % {"partner": said["partner"]}


@act(Act.RESOLVE)
def resolve(request, concern, said):
    """Close it with an outcome."""
    concern.resolve(said["outcome"], said["answer"], by=request.user, version=said["version"])
    return _("This concern is closed.")


@act(Act.REOPEN)
def reopen(request, concern, said):
    """Work on it again."""
    concern.reopen(said["text"], by=request.user, version=said["version"])
    return _("This concern is open again.")


@act(Act.RECOURSE)
def recourse(request, concern, said):
    """Answer for the commander's office."""
    concern.answer_recourse(said["text"], by=request.user, version=said["version"])
    return _("Your office's answer is on the person's page.")


@act(Act.FORMAT)
def format(request, concern, said):
    """The format that the person asked for is there."""
    concern.give_format(said["asked"], said["text"], by=request.user, version=said["version"])
    return _("The person can read that it is there.")


@act(Act.CRIME)
def crime(request, concern, said):
    """A crime was disclosed."""
    concern.disclose_crime(said["crime_reference"], said["text"], by=request.user, version=said["version"])
    return _("It is logged that a crime was disclosed.")


@act(Act.COMPLAINT)
def complaint(request, concern, said):
    """A complaint about the police was disclosed."""
    concern.disclose_complaint(said["text"], by=request.user, version=said["version"])
    return _("The person is told of the complaints route, and the department has it.")


@act(Act.HAND)
def hand(request, concern, said):
    """Let a specialist department see it."""
    concern.hand_to_department(said["department"], said["text"], by=request.user, version=said["version"])
    return _("%(department)s sees this concern now.") % {"department": said["department"]}


@act(Act.ABOUT)
def about(request, concern, said):
    """It is about a named member of the force."""
    concern.name_person(said["about"], by=request.user, version=said["version"])
    return _("%(who)s does not see this concern any more.") % {"who": said["about"]}


@act(Act.SAFETY)
def safety(request, concern, said):
    """Into safety review, or out of it."""
    found = {"decision": said["decision"]} if concern.safety else {}
    concern.review_safety(not concern.safety, said["text"], by=request.user, version=said["version"], **found)
    return _("It is in safety review now.") if concern.safety else _("The safety review has ended.")


@act(Act.DOUBT)
def doubt(request, concern, said):
    """It may be no real concern, or is one after all."""
    if said["real"] == "yes":
        concern.believe(said["text"], by=request.user, version=said["version"])
        return _("It is with the others again.")
    concern.doubt(said["text"], by=request.user, version=said["version"])
    if concern.status == Status.RESOLVED:
        return _("Two people have said so: this concern is closed.")
    return _("It is marked. It closes when a second person says so, too, and its clock runs until then.")


@act(Act.REPEAT)
def repeat(request, concern, said):
    """The person is a repeat victim, or not."""
    concern.decide_repeat(said["repeat"], said["text"], by=request.user, version=said["version"])
    return "Your decision is kept. Only colleagues see it."


@act(Act.PROBLEM)
def problem(request, concern, said):
    """Say which problem it is part of: one that is known, a new one, or none."""
    by, version = request.user, said["version"]
    if said["new"]:
        concern.begin_problem(said["new"], by=by, version=version)
    else:
        concern.link_to(said["problem"], by=by, version=version)
    if concern.problem is None:
        return _("It is part of no problem now.")
    return _("It is part of the problem “%(problem)s” now.") % {"problem": concern.problem}


@act(Act.PROPOSE)
def propose(request, concern, said):
    """Ask the commander to move it."""
    concern.propose_move(said["area"], said["reason"], by=request.user, version=said["version"])
    return _("The commander is asked to move it to %(area)s.") % {"area": said["area"]}


@act(Act.MOVE)
def move(request, concern, said):
    """Give it to another area."""
    desk_alone = capacities(request.user, concern) == {Capacity.DESK}
    concern.move_to_area(said["area"], said["reason"], by=request.user, settled=desk_alone, version=said["version"])
    facts = {"reference": concern.reference, "area": said["area"]}
    if concern.at_desk:
        return _("%(reference)s was moved twice before, so the force desk decides now.") % facts
    messages.success(request, _("%(reference)s is with %(area)s now. Its clock runs on.") % facts)
    return SeeOther(last_list(request))


@act(Act.PLACE)
def place(request, concern, said):
    """Give what the desk holds to an area."""
    concern.place_in(said["area"], ward=said["ward"], reason=said["reason"], by=request.user, version=said["version"])
    return _("%(reference)s is with %(area)s now.") % {"reference": concern.reference, "area": said["area"]}


@act(Act.CONTACT)
def contact(request, concern, said):
    """Show the contact details once, and what the person told us before, after the opening and its reason were written down."""
    if not hasattr(concern, "contact"):  # none was left, or it was taken away since the page was shown
        raise Refused
    record_reading(request.user, ReadLog.What.CONTACT, door=door(request), concern=concern, why=said["reason"])
    try:
        details = concern.contact.unsealed()
    except InvalidToken:
        details = None
    earlier = concern.contact.others_of(Concern.objects.visible_to(request.user))
    context = {"concern": concern, "details": details, "reason": said["reason"], "earlier": earlier}
    return render(request, "casework/contact.html", {**frame(request, concern.area), **context})
