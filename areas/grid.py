"""British National Grid to WGS84, at import time.

Ordnance Survey, "A guide to coordinate systems in Great Britain", annexes B and C: the inverse transverse Mercator
projection on the Airy 1830 ellipsoid, then the seven-parameter Helmert transformation from OSGB36 to WGS84. It is off by
about 1.8 m in the West Midlands, for want of the OSTN15 grid, and by the same amount and to the same side as the latitudes
and longitudes that ONS publishes. Points and outlines must agree, so nothing is corrected here.
"""

from math import atan2, cos, degrees, hypot, radians, sin, sqrt, tan

AIRY_A, AIRY_B = 6377563.396, 6356256.909  # metres
WGS84_A, WGS84_B = 6378137.0, 6356752.3141
F0 = 0.9996012717  # scale on the central meridian
LAT0, LON0 = radians(49), radians(-2)
E0, N0 = 400000.0, -100000.0
# OSGB36 to WGS84: metres, seconds of arc, parts per million.
TX, TY, TZ = 446.448, -125.157, 542.060
RX, RY, RZ = (radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
SCALE = -20.4894e-6


def meridional_arc(lat: float) -> float:
    """Metres along the meridian from the true origin to `lat` (radians)."""
    n = (AIRY_A - AIRY_B) / (AIRY_A + AIRY_B)
    below, above = lat - LAT0, lat + LAT0
    return (
        AIRY_B
        * F0
        * (
            (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * below
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * sin(below) * cos(above)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * sin(2 * below) * cos(2 * above)
            - 35 / 24 * n**3 * sin(3 * below) * cos(3 * above)
        )
    )


def unproject(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude (radians, OSGB36) of a grid point in metres."""
    lat = LAT0 + (northing - N0) / (AIRY_A * F0)
    while abs(rest := northing - N0 - meridional_arc(lat)) >= 0.00001:
        lat += rest / (AIRY_A * F0)
    e2 = 1 - (AIRY_B / AIRY_A) ** 2
    nu = AIRY_A * F0 / sqrt(1 - e2 * sin(lat) ** 2)
    rho = AIRY_A * F0 * (1 - e2) / (1 - e2 * sin(lat) ** 2) ** 1.5
    eta2 = nu / rho - 1
    t, sec, de = tan(lat), 1 / cos(lat), easting - E0
    north = (
        de**2 * t / (2 * rho * nu)
        - de**4 * t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2)
        + de**6 * t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4)
    )
    east = sec * (
        de / nu
        - de**3 / (6 * nu**3) * (nu / rho + 2 * t**2)
        + de**5 / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4)
        - de**7 / (5040 * nu**7) * (61 + 662 * t**2 + 1320 * t**4 + 720 * t**6)
    )
    return lat - north, LON0 + east


def to_wgs84(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude (degrees, WGS84) of a National Grid point in metres; as ONS writes it."""
    lat, lon = unproject(easting, northing)
    e2 = 1 - (AIRY_B / AIRY_A) ** 2
    nu = AIRY_A / sqrt(1 - e2 * sin(lat) ** 2)
    x, y, z = nu * cos(lat) * cos(lon), nu * cos(lat) * sin(lon), nu * (1 - e2) * sin(lat)
    x, y, z = (
        TX + (1 + SCALE) * x - RZ * y + RY * z,
        TY + RZ * x + (1 + SCALE) * y - RX * z,
        TZ - RY * x + RX * y + (1 + SCALE) * z,
    )
    e2, flat = 1 - (WGS84_B / WGS84_A) ** 2, hypot(x, y)
    lat = atan2(z, flat * (1 - e2))
    for _ in range(4):  # each turn gains three decimals
        lat = atan2(z + e2 * WGS84_A / sqrt(1 - e2 * sin(lat) ** 2) * sin(lat), flat)
    return degrees(lat), degrees(atan2(y, x))
