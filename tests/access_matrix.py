"""Who may do what: the one table that drives tests/test_access_matrix.py. A route or role that it does not name fails."""

import uuid

ROLES = {
    "public": "anybody, without signing in",
    "reporter": "who told us, with reference and code",
    "officer": "posted in Walsall",
    "sergeant": "sergeant of a team of Walsall",
    "commander": "commands Walsall",
    "acting": "acts for Walsall's commander",
    "other_officer": "posted in Dudley",
    "other_commander": "commands Dudley",
    "desk": "force desk",
    "overview": "force overview",
    "department": "posted in Professional Standards",
    "editor": "team editor of Walsall",
    "staff_admin": "staff admin",
    "auditor": "auditor",
    "disabled": "posted in Walsall, may not sign in any more",
    "ended": "was posted in Walsall",
    "coming": "will be posted in Walsall",
    "superuser": "break-glass",
}

# Kind -> the area in which it was told.
CONCERNS = {
    "own": "walsall",
    "other": "dudley",
    "unplaced": None,
    "safety": "dudley",
    "handed": "dudley",
    "about_officer": "walsall",
    "about_commander": "walsall",
    "vacant": "solihull",
    "missing": None,
}


def key(number):
    """The idempotency key of the concern with that number."""
    return uuid.UUID(int=number)


# ---- concerns ----------------------------------------------------------------------------------------------------------

# Which concerns each role sees, through every door.
SEES = {
    "public": set(),
    "reporter": set(),  # their own, on their own page, by reference and code
    "officer": {"own"},
    "sergeant": {"own", "about_officer"},
    "commander": {"own", "about_officer"},
    "acting": {"own", "about_officer"},
    "other_officer": {"other", "safety", "handed"},
    "other_commander": {"other", "safety", "handed"},
    "desk": {"unplaced", "safety", "about_commander", "vacant"},
    "overview": set(),
    "department": {"handed"},
    "editor": set(),
    "staff_admin": set(),
    "auditor": set(CONCERNS) - {"missing"},
    "disabled": set(),
    "ended": set(),
    "coming": set(),
    "superuser": set(),
}
# Roles that read concerns, but see none of these.
READS_NOTHING_YET: set = set()

OFFICER = (
    "acknowledge take reply note refer resolve reopen crime complaint about safety problem contact ask pause resume split"
    " sheet doubt format repeat"
)
MAY = {
    "officer": f"{OFFICER} propose",
    "sergeant": f"{OFFICER} propose assign",
    "commander": f"{OFFICER} assign move hand recourse",
    # and move, or place where it stands at the desk
    "desk": "acknowledge note about crime sheet complaint safety doubt hand format recourse",
    "department": "note reply",
    "auditor": "",
}
SAME_AS = {"acting": "commander", "other_officer": "officer", "other_commander": "commander"}
AT_THE_DESK = {"unplaced", "about_commander"}
ABOUT_SOMEBODY = {"about_officer", "about_commander"}  # only the desk says that it is about somebody else
ACTS = sorted({*f"{OFFICER} propose assign move hand place recourse".split()})


def may(role, kind):
    """The acts of `role` on a concern of `kind` that it sees."""
    role = SAME_AS.get(role, role)
    more = ["place" if kind in AT_THE_DESK else "move"] if role == "desk" else []
    named = {"about"} if kind in ABOUT_SOMEBODY and role != "desk" else set()
    return {*MAY[role].split(), *more} - named


# ---- routes ------------------------------------------------------------------------------------------------------------

# Open to all alike: what GET and an empty POST answer.
READ_ONLY = (200, 405)
OPEN = {
    "home": READ_ONLY,
    "areas:list": READ_ONLY,
    "areas:area": READ_ONLY,
    "areas:ward": READ_ONLY,
    "areas:poster": READ_ONLY,
    "areas:square": READ_ONLY,
    "areas:outlines": READ_ONLY,
    "areas:feed": READ_ONLY,
    "areas:ward_feed": READ_ONLY,
    "following:feed": READ_ONLY,
    "following:start": (200, 200),
    "following:asked": READ_ONLY,
    "area-outlines": READ_ONLY,
    "hubs:nearest": READ_ONLY,
    "hubs:list": READ_ONLY,
    "hubs:hub": READ_ONLY,
    "local:priorities": READ_ONLY,
    "local:meetings": READ_ONLY,
    "local:meeting": READ_ONLY,
    "local:calendar": READ_ONLY,
    "local:meeting_calendar": READ_ONLY,
    "insight:force": READ_ONLY,
    "insight:area": READ_ONLY,
    "insight:csv": READ_ONLY,
    "insight:json": READ_ONLY,
    "scrutiny": READ_ONLY,
    "service_feedback": (200, 200),
    "privacy": READ_ONLY,
    "accessibility": READ_ONLY,
    "healthz": (200, 200),
    "readyz": (200, 200),
    "api:area-list": READ_ONLY,
    "api:area-detail": READ_ONLY,
    "api:ward-list": READ_ONLY,
    "api:ward-detail": READ_ONLY,
    "api:priority-list": READ_ONLY,
    "api:priority-detail": READ_ONLY,
    "api:meeting-list": READ_ONLY,
    "api:meeting-detail": READ_ONLY,
    "api:hub-list": READ_ONLY,
    "api:hub-detail": READ_ONLY,
    "api:team-list": READ_ONLY,
    "api:team-detail": READ_ONLY,
    "api:category-list": READ_ONLY,
    "api:category-detail": READ_ONLY,
    "api:locate": (400, 405),
    "api:schema": READ_ONLY,
    "api:docs": READ_ONLY,
    "api:nothing": (404, 404),
}

# Pages of those who read concerns: what GET answers to readers, and to others who are signed in. All lead the public to sign in.
STAFF = {
    "casework:keep": (303, 404),
    "casework:saved": (404, 404),
    "casework:forget": (404, 404),
    "casework:together": (303, 303),
    "casework:undo": (303, 303),
    "casework:export": (200, 404),
}

# Pages of those who work in an area: what GET answers to them with a row of another area, and to others who are signed in.
OF_THE_AREA = {
    "casework:problems": (200, 404),
    "casework:morning": (200, 404),
    "casework:problem_page": (404, 404),
    "casework:problem_close": (404, 404),
    "casework:problem_publish": (404, 404),
    "casework:insight": (200, 404),
    "casework:insight_csv": (200, 404),
    "casework:insight_ward": (404, 404),
}
RECORDS = {"officer", "sergeant", "commander", "acting", "other_officer", "other_commander", "desk"}  # what people say
WORK_IN_AN_AREA = {"officer", "sergeant", "commander", "acting", "other_officer", "other_commander"}

# The public's own pages: the same for everybody; test_intake.py, test_tracking.py and test_following.py tell what each answers.
JOURNEY = [
    *(
        f"intake:{name}"
        for name in "start elsewhere safe signpost leave what also where outside area ward known voice spot details photos"
        " photo contact reach check next sent".split()
    ),
    *(
        f"tracking:{name}"
        for name in "start place concern photos photo next rate correct withdraw again recourse complain format lost review"
        " review_add review_clear stop links leave".split()
    ),
    "change-language",
    "local:ask",
    "following:confirm",
    "following:stop",
]

# Pages of an account: what GET answers without and with a sign-in (fresh, without a second factor or password).
ACCOUNT = {
    "account_login": (200, 302),
    "account_logout": (302, 200),
    "account_inactive": (200, 200),
    "account_signup": (200, 302),  # says that accounts come by invitation
    "account_reauthenticate": (302, 403),
    "account_email": (302, 200),
    "account_email_verification_sent": (200, 200),
    "account_change_password": (302, 302),
    "account_set_password": (302, 200),
    "account_reset_password": (200, 200),
    "account_reset_password_done": (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_confirm_login_code": (302, 302),
    "mfa_index": (302, 200),
    "mfa_authenticate": (302, 302),
    "mfa_reauthenticate": (302, 403),
    "mfa_activate_totp": (302, 200),
    "mfa_deactivate_totp": (302, 404),
    "mfa_view_recovery_codes": (302, 404),
    "mfa_generate_recovery_codes": (302, 200),
    "mfa_download_recovery_codes": (302, 404),
    "mfa_list_webauthn": (302, 200),
    "mfa_add_webauthn": (302, 200),
    "mfa_reauthenticate_webauthn": (302, 403),
    "mfa_login_webauthn": (302, 302),
    "socialaccount_login_cancelled": (200, 200),
    "socialaccount_login_error": (401, 401),
    "socialaccount_signup": (302, 302),
    "socialaccount_connections": (302, 404),
    "usersessions_list": (302, 200),
    "typed": (302, 302),  # nothing waits
    "stay": (401, 204),
}

# allauth's routes that take a mailed or stored key: guarded by the key; test_accounts.py and test_security.py visit them.
KEYED = [
    "account_confirm_email",
    "account_reset_password_from_key",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "openid_connect_login",
    "openid_connect_callback",
    "partner",
    *(f"unnamed social/{name}/" for name in ("login/cancelled", "login/error", "signup", "connections")),
]

# Pages of the admin's rooms without a model of their own, and the roles that work there.
OF_STAFF = {"successors": {"staff_admin", "superuser"}}

# Routes only where DEBUG is on.
DEVELOPERS = ("styleguide",)

# ---- the admin ---------------------------------------------------------------------------------------------------------

ADMIN_DOOR = {"editor", "staff_admin", "auditor", "superuser"}
KEPT = {"staff_admin superuser": "vacd", "auditor": "v"}  # view, add, change, delete
OF_AN_AREA = KEPT | {"editor": "vacd"}
SEEN_BY_EDITORS = KEPT | {"editor": "v"}
LOOKED_AT = {"auditor superuser": "v"}
ADMIN = {
    "accounts.user": SEEN_BY_EDITORS,
    "accounts.forcerole": KEPT,
    "accounts.import": LOOKED_AT,
    "accounts.apikey": {"staff_admin superuser": "vac", "auditor": "v"},
    "areas.force": {"staff_admin superuser": "vc", "auditor": "v"},
    "areas.channel": KEPT,
    "areas.language": KEPT,
    "areas.area": KEPT | {"editor": "vc"},
    "areas.ward": OF_AN_AREA,
    "areas.command": SEEN_BY_EDITORS,
    "areas.commandcover": SEEN_BY_EDITORS,
    "areas.editorship": SEEN_BY_EDITORS,
    "areas.neighbour": KEPT,
    "areas.priority": OF_AN_AREA,
    "areas.notice": OF_AN_AREA,
    "areas.meeting": OF_AN_AREA,
    "areas.edition": {"staff_admin superuser auditor": "v"},
    "hubs.hub": OF_AN_AREA,
    "hubs.team": OF_AN_AREA,
    "hubs.posting": OF_AN_AREA,
    "hubs.absence": OF_AN_AREA,
    "hubs.establishment": OF_AN_AREA,
    "hubs.strengthtarget": KEPT,
    "hubs.move": {"editor staff_admin auditor superuser": "v"},
    "hubs.teamkind": SEEN_BY_EDITORS,
    "hubs.department": KEPT,
    "hubs.bankholiday": KEPT,
    "feedback.signpost": KEPT,
    "feedback.category": KEPT,
    "feedback.partner": KEPT,
    "feedback.safetyrule": KEPT,
    "feedback.standardtext": KEPT,
    "feedback.problem": OF_AN_AREA,
    "feedback.retentionrule": {"staff_admin superuser": "vc", "auditor": "v"},
    "feedback.hold": KEPT,
    "feedback.mailtext": KEPT,
    "feedback.servicefeedback": {"staff_admin superuser": "v"},
    "feedback.notification": {"staff_admin auditor superuser": "v"},
    "feedback.subscription": {"staff_admin auditor superuser": "v"},
    "feedback.readlog": LOOKED_AT,
    "feedback.purgerecord": LOOKED_AT,
    "django_tasks_database.dbtaskresult": {"superuser": "v"},
}
# Pages of moves and cover, in the admin and on the dashboard. Those of one thing are asked for with a thing of Walsall.
TASKS = ("home", "move", "undo", "cover", "back", "hub", "person")
PROMISES = (
    "priority_new",
    "priority_end",
    "priority_withdraw",
    "priority_reopen",
    "look",
    "meeting_new",
    "meeting_cancel",
)
EXCHANGE = ("import", "import_one", "export")  # files of the lists that staff keep
KEEPERS = {"editor", "staff_admin", "superuser"}
COMMANDERS = {"commander", "acting"}
ADMIN_PAGES = ("changelist", "add", "change", "history", "delete")
# Further pages of a model's row: model -> name -> what one needs to open it (POST without it is refused, too).
ADMIN_MORE = {"hubs.hub": {"preview": "v"}, "feedback.mailtext": {"preview": "v"}}
# Pages without a model: inside the door, or led to the sign-in.
ADMIN_PLAIN = [
    "admin:index",
    "admin:today",
    "admin:strength",
    "admin:login",
    "admin:logout",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:app_list",
    "admin:password_change",
    "admin:password_change_done",
    "admin:view_on_site",
    "admin:unnamed <path:object_id>/",  # leads to the row's page
    "admin:unnamed (?P<url>.*)$",
]
WITH_HISTORY = [
    label for label in ADMIN
    if label.startswith(("accounts", "areas", "hubs", "feedback"))
    and label not in (
        "accounts.import", "areas.edition", "hubs.move", "feedback.notification", "feedback.readlog", "feedback.purgerecord",
        "feedback.servicefeedback", "feedback.subscription",
    )
]  # fmt: skip


def letters(label, role):
    """What `role` may do with rows of the model `label`."""
    return next((given for roles, given in ADMIN[label].items() if role in roles.split()), "")


def declared():
    """The names of all routes that this table knows."""
    yield from [*OPEN, *JOURNEY, *ACCOUNT, *KEYED, *ADMIN_PLAIN, *OF_STAFF]
    yield from [
        "casework:dashboard",
        "casework:queue",
        "casework:concern",
        "casework:photo",
        "api:concern-list",
        "api:concern-detail",
    ]
    yield from [*STAFF, *OF_THE_AREA, "casework:record", "casework:force", "casework:force_csv"]
    yield from (f"casework:{act}" for act in ACTS)
    yield from (f"{space}:{task}" for space in ("admin", "people") for task in TASKS)
    yield from (f"admin:{page}" for page in EXCHANGE)
    yield from (f"people:{promise}" for promise in PROMISES)
    for label in ADMIN:
        yield from (f"admin:{label.replace('.', '_')}_{page}" for page in ADMIN_PAGES)
    yield from (f"admin:{label.replace('.', '_')}_simple_history" for label in WITH_HISTORY)
    yield from (f"admin:{label.replace('.', '_')}_{page}" for label, pages in ADMIN_MORE.items() for page in pages)
