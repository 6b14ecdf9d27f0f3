"""How the portal writes dates: as people say them."""

DATE_FORMAT = "l j E Y"
SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "l j E, g:ia"
SHORT_DATETIME_FORMAT = "D j M, g:ia"
TIME_FORMAT = "g:ia"
