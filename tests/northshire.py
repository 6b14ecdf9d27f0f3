"""A small force that does not exist: two areas, four wards, two hubs, with words, phones and links of its own."""

import json

NEVER = {"checked_on": None}


def texts(*names):
    """Those keys, with nothing in them."""
    return dict.fromkeys(names, "")


FORCE = {
    "slug": "northshire", "name": "Northshire Constabulary", "short_name": "NC", "portal_name": "Your Northshire team",
    "independent": "Northshire Constabulary does not run this site.", "reference_prefix": "NSH", "emergency_phone": "112",
    "non_emergency_phone": "111 000", "textphone_emergency": "112 001", "textphone_non_emergency": "111 001",
    "website": "https://northshire.example", "report_crime_url": "https://northshire.example/crime/",
    "complaints_url": "https://northshire.example/complain/", "exit_url": "https://weather.example/",
    "headquarters": "Castle Gate, Farhaven", "model_start": "2026-01-05", "response_hours": 48, "acknowledge_hours": 10,
    "crime_recording_hours": 24, "climb_hours": 20, "pause_days": 5, "partner_days": 10, "recourse_hours": 48,
    "format_hours": 96, "asb_reports": 2, "asb_months": 6, "working_hours": ["08:00", "16:00"], "safety_minutes": 10,
    "victim_rights": "You have rights in Northshire.", "jargon": ["beat = the streets an officer knows"],
    "desk_name": "Control room", "desk_email": "control@northshire.example", "desk_weekdays": "0-6", "desk_opens": "07:00",
    "desk_closes": "22:00", "duty_name": "Night officer", "duty_email": "night@northshire.example",
    "inbox_email": "inbox@northshire.example", "complaints_department": "conduct",
    "not_watched_notice": "Nobody reads this at night. In an emergency, call 112.",
    "guarantee": "Northshire promises an answer within 48 hours.", "postcode_areas": ["ZX"], **NEVER,
}  # fmt: skip


def area(order, slug, name):
    site = f"https://{slug}.example"
    return {
        "slug": slug, "name": name, "gss_code": f"E9800000{order}", "population": 90000, "population_year": 2021,
        "council": f"{name} Council", "council_url": site, "review_reports": 3, "review_months": 6, "review_url": site,
        "review_checked_on": None, "email": f"{slug}@northshire.example", "phone": "01632 960200", "order": order,
        "about": f"{name} and the farms around it.", "centroid": [55.0 + order, -1.5],
    }  # fmt: skip


def ward(number, name, slug):
    return {
        "code": f"E9500000{number}", "name": name, "area": slug, "localities": [f"{name} End"], "in_force_from": None,
        "in_force_until": None, "lat": 55.0 + number / 10, "lon": -1.5, "known_2025": True,
    }  # fmt: skip


def hub(slug, name, where, hours):
    return {
        "slug": slug, "area": where, "name": name, "address": f"1 Anchor Lane, {name}", "postcode": "ZX1 1AA", "lat": 55.1,
        "lon": -1.5, "front_counter": True, "custody": False, "response_base": False, "neighbourhood_base": True,
        "investigation_base": False, "hours": hours, "source_year": 2026, "step_free": True, "hearing_loop": None,
        "languages": ["Norse"], "services": ["Lost oars"], **texts("hours_note", "status_note", "directions", "page_url"),
        "access_note": "", **NEVER,
    }  # fmt: skip


def kind(order, code, name):
    return {"code": code, "name": name, "focus": [], "public_description": f"{name}s of Northshire.", "order": order}


PACK = {
    "force": FORCE,
    "areas": [area(1, "farhaven", "Farhaven"), area(2, "oldmoor", "Oldmoor")],
    "wards": [
        ward(1, "Harbourside", "farhaven"),
        ward(2, "Lighthouse", "farhaven"),
        ward(3, "Peat Hill", "oldmoor"),
        ward(4, "Stone Row", "oldmoor"),
    ],
    "spans": {
        "sectors": {"ZX1 1": "farhaven", "ZX2 1": "oldmoor"},
        "districts": {"ZX1": {"areas": ["farhaven"], "outside": False}, "ZX2": {"areas": ["oldmoor"], "outside": True}},
    },
    "outside_forces": {"sectors": {}, "districts": {}},
    "uk_postcode_areas": ["ZX", "ZY"],
    "neighbours": [
        {"lad_code": "E97000001", "lad_name": "Southshire", "force": "Southshire Police", "force_url": "", "phone": ""}
    ],
    "channels": [
        {"code": "emergency", "name": "Emergency", "value": "112", "use": "Danger.", "order": 1, "shown": True, **NEVER},
        {"code": "oars", "name": "Lost oars", "value": "01632 960201", "use": "", "order": 2, "shown": True, **NEVER},
    ],
    "languages": [],
    "bank_holidays": [{"date": "2026-07-01", "name": "Regatta day"}],
    "team_kinds": [kind(1, "neighbourhood", "Beat team"), kind(2, "area-command", "Command office")],
    "targets": [],
    "departments": [{"code": "conduct", "name": "Conduct Branch", "role": "Looks into complaints."}],
    "hubs": [
        hub("quay", "Quay Street", "farhaven", [{"weekdays": "0-6", "opens": "08:00", "closes": "18:00"}]),
        hub("moor", "Moor Lodge", "oldmoor", "24h"),
    ],
    "signposts": [
        {
            "code": code, "title": title, "when": "Somebody is in danger.", "advice": "Call 112 now.", "mode": "block",
            "phones": [{"label": "Emergency", "number": "112", "note": "", "shown": True}], "exit_page": False,
            "links": [{"label": "Northshire help", "url": "https://northshire.example/help/"}], "sensitive": False,
            "order": order, **NEVER,
        }
        for order, (code, title) in enumerate([("emergency", "Danger now"), ("crime", "A crime")])
    ],
    "categories": [
        {
            "code": "boats", "name": "Noisy boats", "hint": "Engines at night", "asb_qualifier": "nuisance",
            "team_kind": "neighbourhood", "department": None, "partner": None, "partner_note": "", "signposts": [],
            "sensitive": False, "response_hours": 48, "working_hours": False, "order": 1,
        }
    ],
    "safety_rules": [],
    "partners": [],
    "retention": [],
    "standard_texts": [],
    "mail_texts": [
        {
            "name": "receipt_reporter", "subject": "Thank you from the shore",
            "text": "We have what you sent.\nHow we work: https://northshire.example/how/",
        }
    ],
}  # fmt: skip


def write(folder):
    """Write the pack into `folder`, as load_force reads it."""
    folder.mkdir()
    for name, facts in PACK.items():
        (folder / f"{name}.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder
