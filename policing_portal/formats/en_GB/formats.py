"""How the portal writes dates: as people say them."""

DATE_FORMAT = "l j E Y"
SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = (
    "j E Y, H:i"  # of histories and lists of staff, which go back for years; letters and pages say it in words
)
SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "g:ia"
