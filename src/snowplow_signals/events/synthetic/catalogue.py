"""The catalogue that generated events draw from: places, devices, ways to arrive, and products.

Pools of plain rows. A pool's index is drawn for each person, session or page, so their order is part of what a
seed means: append to them, do not reorder them.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a person is. `utc_offset` is in hours, winter time all year: the rhythm of the day follows it."""

    geo_country: str
    geo_region: str
    geo_region_name: str
    geo_city: str
    geo_zipcode: str
    geo_latitude: float
    geo_longitude: float
    geo_timezone: str
    utc_offset: int
    br_lang: str


PLACES = (
    Place("GB", "ENG", "England", "London", "EC1A", 51.5085, -0.1257, "Europe/London", 0, "en-GB"),
    Place("US", "NY", "New York", "New York", "10001", 40.7143, -74.006, "America/New_York", -5, "en-US"),
    Place("DE", "BE", "Land Berlin", "Berlin", "10115", 52.5244, 13.4105, "Europe/Berlin", 1, "de-DE"),
    Place("US", "CA", "California", "San Francisco", "94103", 37.7749, -122.4194, "America/Los_Angeles", -8, "en-US"),
    Place("FR", "IDF", "Île-de-France", "Paris", "75001", 48.8534, 2.3488, "Europe/Paris", 1, "fr-FR"),
    Place("GB", "ENG", "England", "Manchester", "M1", 53.4809, -2.2374, "Europe/London", 0, "en-GB"),
    Place("IN", "MH", "Maharashtra", "Mumbai", "400001", 19.0728, 72.8826, "Asia/Kolkata", 5, "en-IN"),
    Place("ES", "MD", "Madrid", "Madrid", "28001", 40.4165, -3.7026, "Europe/Madrid", 1, "es-ES"),
    Place("NL", "NH", "North Holland", "Amsterdam", "1011", 52.374, 4.8897, "Europe/Amsterdam", 1, "nl-NL"),
    Place("AU", "NSW", "New South Wales", "Sydney", "2000", -33.8679, 151.2073, "Australia/Sydney", 10, "en-AU"),
    Place("PL", "MZ", "Mazovia", "Warsaw", "00-001", 52.2298, 21.0118, "Europe/Warsaw", 1, "pl-PL"),
    Place("BR", "SP", "São Paulo", "São Paulo", "01000", -23.5475, -46.6361, "America/Sao_Paulo", -3, "pt-BR"),
    Place("IE", "L", "Leinster", "Dublin", "D01", 53.3331, -6.2489, "Europe/Dublin", 0, "en-IE"),
    Place("JP", "13", "Tokyo", "Tokyo", "100-0001", 35.6895, 139.6917, "Asia/Tokyo", 9, "ja-JP"),
)


class Device(NamedTuple):
    """What a person browses with: the user agent, what the parsers of it say, and the screen."""

    useragent: str
    device_class: str
    device_name: str
    device_brand: str
    os_class: str
    os_name: str
    os_version: str
    agent_class: str
    agent_name: str
    agent_version: str
    dvce_type: str
    screen_width: int
    screen_height: int


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

DEVICES = (
    Device(
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36",
        "Desktop",
        "Desktop",
        "Unknown",
        "Desktop",
        "Windows NT",
        "10.0",
        "Browser",
        "Chrome",
        "131",
        "Computer",
        1920,
        1080,
    ),
    Device(
        f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
        "Phone",
        "Apple iPhone",
        "Apple",
        "Mobile",
        "iOS",
        "17.5",
        "Browser",
        "Safari",
        "17.5",
        "Mobile",
        390,
        844,
    ),
    Device(
        f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36",
        "Phone",
        "Google Pixel 8",
        "Google",
        "Mobile",
        "Android",
        "14",
        "Browser",
        "Chrome",
        "131",
        "Mobile",
        412,
        915,
    ),
    Device(
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36",
        "Desktop",
        "Apple Macintosh",
        "Apple",
        "Desktop",
        "Mac OS",
        "10.15.7",
        "Browser",
        "Chrome",
        "131",
        "Computer",
        1728,
        1117,
    ),
    Device(
        f"Mozilla/5.0 (Linux; Android 13; SM-S911B) {_WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36",
        "Phone",
        "Samsung SM-S911B",
        "Samsung",
        "Mobile",
        "Android",
        "13",
        "Browser",
        "Chrome",
        "130",
        "Mobile",
        360,
        780,
    ),
    Device(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
        "Safari/605.1.15",
        "Desktop",
        "Apple Macintosh",
        "Apple",
        "Desktop",
        "Mac OS",
        "10.15.7",
        "Browser",
        "Safari",
        "17.5",
        "Computer",
        1440,
        900,
    ),
    Device(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Desktop",
        "Desktop",
        "Unknown",
        "Desktop",
        "Windows NT",
        "10.0",
        "Browser",
        "Firefox",
        "133",
        "Computer",
        2560,
        1440,
    ),
    Device(
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
        "Mobile/15E148 Safari/604.1",
        "Tablet",
        "Apple iPad",
        "Apple",
        "Mobile",
        "iOS",
        "16.6",
        "Browser",
        "Safari",
        "16.6",
        "Tablet",
        820,
        1180,
    ),
    Device(
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
        "Desktop",
        "Desktop",
        "Unknown",
        "Desktop",
        "Windows NT",
        "10.0",
        "Browser",
        "Edge",
        "131",
        "Computer",
        1536,
        864,
    ),
)

ROBOTS = (
    Device(
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Robot",
        "Google Googlebot",
        "Google",
        "Cloud",
        "Google Cloud",
        "??",
        "Robot",
        "Googlebot",
        "2.1",
        "Unknown",
        1024,
        768,
    ),
    Device(
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Robot",
        "Bing Bingbot",
        "Bing",
        "Cloud",
        "Microsoft Azure",
        "??",
        "Robot",
        "Bingbot",
        "2.0",
        "Unknown",
        1024,
        768,
    ),
)


class Arrival(NamedTuple):
    """How a session begins. Campaign fields are on the landing page only, as they are in its URL."""

    mkt_medium: str | None
    mkt_source: str | None
    mkt_campaign: str | None
    mkt_term: str | None
    mkt_content: str | None
    mkt_network: str | None
    refr_medium: str | None
    refr_source: str | None
    refr_urlhost: str | None
    refr_urlpath: str | None


_DIRECT = Arrival(None, None, None, None, None, None, None, None, None, None)
_SEARCH = Arrival(None, None, None, None, None, None, "search", "Google", "www.google.com", "/")

# The likelier ones are listed more than once.
ARRIVALS = (
    *(_DIRECT,) * 6,
    *(_SEARCH,) * 5,
    Arrival(None, None, None, None, None, None, "search", "Bing", "www.bing.com", "/search"),
    Arrival(None, None, None, None, None, None, "search", "DuckDuckGo", "duckduckgo.com", "/"),
    Arrival("cpc", "google", "brand", "field and fern", "text-1", "Google", "search", "Google", "www.google.com", "/"),
    Arrival(
        "cpc", "google", "garden-tools", "garden tools", "text-2", "Google", "search", "Google", "www.google.com", "/"
    ),
    Arrival(
        "cpc",
        "bing",
        "garden-tools",
        "garden tools",
        "text-1",
        "Microsoft",
        "search",
        "Bing",
        "www.bing.com",
        "/search",
    ),
    Arrival("email", "newsletter", "weekly", None, "header", None, None, None, None, None),
    Arrival("email", "newsletter", "weekly", None, "footer", None, "email", "Gmail", "mail.google.com", "/"),
    Arrival(
        "paid-social", "facebook", "spring", None, "video-a", "Facebook", "social", "Facebook", "m.facebook.com", "/"
    ),
    Arrival(
        "paid-social",
        "instagram",
        "spring",
        None,
        "carousel",
        "Facebook",
        "social",
        "Instagram",
        "l.instagram.com",
        "/",
    ),
    Arrival(
        "affiliate",
        "homes-and-plots",
        "always-on",
        None,
        None,
        None,
        "unknown",
        None,
        "www.homes-and-plots.example",
        "/best-of",
    ),
    Arrival(None, None, None, None, None, None, "social", "Pinterest", "www.pinterest.com", "/"),
    Arrival(None, None, None, None, None, None, "unknown", None, "blog.allotment.example", "/2025/01/spades"),
)

_KINDS = {
    "Tools": (
        ("Spade", 3900),
        ("Fork", 3600),
        ("Rake", 2400),
        ("Hoe", 2200),
        ("Secateurs", 2900),
        ("Trowel", 1250),
        ("Shears", 3400),
        ("Saw", 2700),
    ),
    "Plants": (
        ("Fern", 1450),
        ("Lavender", 890),
        ("Olive Tree", 7900),
        ("Monstera", 3200),
        ("Rosemary", 650),
        ("Hydrangea", 1900),
        ("Jasmine", 1750),
        ("Maple", 11900),
    ),
    "Furniture": (
        ("Bench", 18900),
        ("Table", 24900),
        ("Chair", 8900),
        ("Lounger", 15900),
        ("Parasol", 6900),
        ("Hammock", 5900),
        ("Stool", 4500),
        ("Swing", 21900),
    ),
    "Lighting": (
        ("Lantern", 3500),
        ("String Lights", 2600),
        ("Spotlight", 4200),
        ("Torch", 1900),
        ("Solar Lamp", 2300),
        ("Wall Light", 5200),
        ("Post Lamp", 9900),
        ("Candle", 950),
    ),
    "Clothing": (
        ("Gloves", 1590),
        ("Boots", 5900),
        ("Apron", 2990),
        ("Hat", 1990),
        ("Jacket", 8990),
        ("Socks", 890),
        ("Kneepads", 2190),
        ("Smock", 6490),
    ),
}
_BRANDS = (("Fernwood", 100), ("Hartley", 125), ("Plot & Co", 80), ("Ō-niwa", 160))


class Product(NamedTuple):
    """One product; `list_cents` is what it costs when it is not on sale."""

    id: str
    name: str
    category: str
    brand: str
    slug: str
    size: str | None
    list_cents: int


def catalogue() -> list[Product]:
    """All products: every kind by every brand, in a fixed order in which the popular ones come first."""
    made: list[Product] = []
    for depth in range(8):
        for category, kinds in _KINDS.items():
            name, cents = kinds[depth]
            for brand, percent in _BRANDS:
                slug = f"{name}-{brand}".lower().replace(" ", "-").replace("&", "and").replace("ō", "o")
                size = "M" if category == "Clothing" else None
                price = cents * percent // 100
                made.append(Product(f"P{1001 + len(made)}", f"{brand} {name}", category, brand, slug, size, price))
    return made


CATEGORIES = tuple(category.lower() for category in _KINDS)
ARTICLES = ("when-to-prune", "soil-in-spring", "ten-shade-plants", "small-balconies", "watering-in-summer",
            "compost-that-works", "a-pond-in-a-weekend", "seeds-for-july")  # fmt: skip
VIDEOS = ("sharpen-a-spade", "repot-a-fern", "build-a-bench", "prune-roses")

# Of a hundred visits, how many begin in each local hour.
HOUR_WEIGHTS = (2, 1, 1, 0, 0, 1, 2, 3, 4, 5, 5, 5, 6, 5, 5, 4, 5, 6, 7, 8, 9, 8, 5, 3)
# From Monday: a shop for the garden is visited at the week's end.
WEEKDAY_WEIGHTS = (0.95, 0.92, 0.93, 0.96, 1.05, 1.3, 1.25)
