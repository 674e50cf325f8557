//! The partners and lanes of the business: carriers with their dialects, brokers, suppliers, ports and roads.

use landfall_schemas::event::Mode;

/// A carrier. Names are of this world's kinds of carriers; codes look like SCACs.
pub(crate) struct Carrier {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) region: &'static str,
    /// Owner code of its containers; the prefix of its waybills for an airline.
    pub(crate) unit_prefix: &'static str,
    /// Its words for our codes: (ours, theirs). Codes not listed it writes as we do.
    pub(crate) dialect: &'static [(&'static str, &'static str)],
    /// In what it bills.
    pub(crate) currency: &'static str,
}

const OCEAN_WORDS: &[(&str, &str)] = &[("FRT", "BAS"), ("FSC", "BAF"), ("THC", "DTHC"), ("DOC", "DOF")];
const AIR_WORDS: &[(&str, &str)] = &[("FRT", "AFR"), ("FSC", "MYC"), ("ACC", "SCC")];
const ROAD_WORDS: &[(&str, &str)] = &[("FRT", "400"), ("FSC", "405"), ("ACC", "SAC")];
const NO_WORDS: &[(&str, &str)] = &[];

const fn carrier(
    code: &'static str,
    name: &'static str,
    mode: Mode,
    region: &'static str,
    unit_prefix: &'static str,
    dialect: &'static [(&'static str, &'static str)],
    currency: &'static str,
) -> Carrier {
    Carrier { code, name, mode, region, unit_prefix, dialect, currency }
}

/// All carriers; those of one mode stand together.
pub(crate) const CARRIERS: &[Carrier] = &[
    carrier("MAEU", "Maersk Line", Mode::Ocean, "EU", "MSKU", OCEAN_WORDS, "USD"),
    carrier("HLCU", "Hapag-Lloyd", Mode::Ocean, "EU", "HLXU", OCEAN_WORDS, "EUR"),
    carrier("ONEY", "Ocean Network Express", Mode::Ocean, "APAC", "ONEU", NO_WORDS, "USD"),
    carrier("CMDU", "CMA CGM", Mode::Ocean, "EU", "CMAU", OCEAN_WORDS, "USD"),
    carrier("EGLV", "Evergreen Line", Mode::Ocean, "APAC", "EGHU", NO_WORDS, "USD"),
    carrier("LHCG", "Lufthansa Cargo", Mode::Air, "EU", "020", AIR_WORDS, "EUR"),
    carrier("CXCG", "Cathay Cargo", Mode::Air, "APAC", "160", AIR_WORDS, "USD"),
    carrier("JLCG", "JAL Cargo", Mode::Air, "APAC", "131", NO_WORDS, "JPY"),
    carrier("KUCG", "Kuwait Airways Cargo", Mode::Air, "EU", "229", NO_WORDS, "KWD"),
    carrier("DSVT", "DSV Road", Mode::Road, "EU", "DSVU", ROAD_WORDS, "EUR"),
    carrier("SCHK", "Schenker Land", Mode::Road, "EU", "SCHU", NO_WORDS, "EUR"),
    carrier("JBHT", "J.B. Hunt", Mode::Road, "NA", "JBHU", ROAD_WORDS, "USD"),
    carrier("ODFL", "Old Dominion Freight Line", Mode::Road, "NA", "ODFU", ROAD_WORDS, "USD"),
    carrier("PLNM", "Planzer Transport", Mode::Road, "EU", "PLNU", NO_WORDS, "CHF"),
    carrier("DBCG", "DB Cargo Eurasia", Mode::Rail, "EU", "DBEU", NO_WORDS, "EUR"),
    carrier("UPRR", "Union Pacific", Mode::Rail, "NA", "UPRU", ROAD_WORDS, "USD"),
    carrier("UPSN", "UPS", Mode::Parcel, "NA", "UPSU", ROAD_WORDS, "USD"),
    carrier("DHLX", "DHL Express", Mode::Parcel, "EU", "DHLU", NO_WORDS, "EUR"),
    carrier("RHNC", "Rhenus Barge", Mode::Other, "EU", "RHEU", NO_WORDS, "EUR"),
];

/// A customs broker: code, name, region.
pub(crate) const BROKERS: &[(&str, &str, &str)] = &[
    ("KNCB", "Kuehne Customs", "EU"),
    ("GEOD", "Geodis Customs", "EU"),
    ("BDPI", "BDP International", "NA"),
    ("LIVN", "Livingston", "NA"),
    ("NIPX", "Nippon Customs", "APAC"),
];

/// A supplier: code, name, region, currency of its prices.
pub(crate) const SUPPLIERS: &[(&str, &str, &str, &str)] = &[
    ("S10012", "Shenzhen Hualong Electronics", "APAC", "USD"),
    ("S10027", "Ningbo Precision Castings", "APAC", "CNY"),
    ("S10031", "Saigon Garment", "APAC", "USD"),
    ("S10045", "Tokyo Seiki", "APAC", "JPY"),
    ("S10058", "Hsinchu Semiconductors", "APAC", "USD"),
    ("S10063", "Chennai Textiles", "APAC", "USD"),
    ("S10070", "Incheon Displays", "APAC", "USD"),
    ("S10084", "Bursa Otomotiv", "EU", "EUR"),
    ("S10091", "Brianza Mobili", "EU", "EUR"),
    ("S10106", "Silesia Steelworks", "EU", "EUR"),
    ("S10113", "Sheffield Tooling", "EU", "GBP"),
    ("S10127", "Winterthur Pumpen", "EU", "CHF"),
    ("S10132", "Catalana de Plasticos", "EU", "EUR"),
    ("S10149", "Monterrey Wire", "NA", "USD"),
    ("S10155", "Ohio Bearings", "NA", "USD"),
    ("S10168", "Sao Paulo Coffee Export", "NA", "USD"),
];

/// A way that goods take.
pub(crate) struct Lane {
    pub(crate) mode: Mode,
    pub(crate) origin: &'static str,
    pub(crate) destination: &'static str,
    /// Where the goods come from (ISO 3166).
    pub(crate) origin_country: &'static str,
    /// The region that answers for the shipment.
    pub(crate) region: &'static str,
    /// Whose customs they pass on the way in, where there is a border.
    pub(crate) customs: Option<&'static str>,
    /// Currency of those customs.
    pub(crate) currency: &'static str,
    /// Hours between departure and arrival.
    pub(crate) transit_hours: i64,
}

const fn lane(
    mode: Mode,
    [origin, destination]: [&'static str; 2],
    region: &'static str,
    customs: Option<&'static str>,
    currency: &'static str,
    transit_hours: i64,
) -> Lane {
    let origin_country = match origin.split_at_checked(2) {
        Some((country, _)) => country,
        None => origin,
    };
    Lane { mode, origin, destination, origin_country, region, customs, currency, transit_hours }
}

/// All lanes; those of one mode stand together.
pub(crate) const LANES: &[Lane] = &[
    lane(Mode::Ocean, ["CNSHA", "NLRTM"], "EU", Some("NL"), "EUR", 744),
    lane(Mode::Ocean, ["CNNGB", "DEHAM"], "EU", Some("DE"), "EUR", 768),
    lane(Mode::Ocean, ["VNSGN", "USLAX"], "NA", Some("US"), "USD", 456),
    lane(Mode::Ocean, ["INMAA", "BEANR"], "EU", Some("BE"), "EUR", 600),
    lane(Mode::Ocean, ["BRSSZ", "USNYC"], "NA", Some("US"), "USD", 384),
    lane(Mode::Ocean, ["KRPUS", "SGSIN"], "APAC", Some("SG"), "USD", 216),
    lane(Mode::Air, ["CNPVG", "DEFRA"], "EU", Some("DE"), "EUR", 36),
    lane(Mode::Air, ["TWTPE", "USORD"], "NA", Some("US"), "USD", 30),
    lane(Mode::Air, ["JPNRT", "NLAMS"], "EU", Some("NL"), "EUR", 28),
    lane(Mode::Air, ["KRICN", "GBLHR"], "EU", Some("GB"), "GBP", 32),
    lane(Mode::Air, ["USORD", "JPNRT"], "APAC", Some("JP"), "JPY", 34),
    lane(Mode::Road, ["PLKTW", "DEMUC"], "EU", None, "EUR", 26),
    lane(Mode::Road, ["ITMIL", "FRPAR"], "EU", None, "EUR", 30),
    lane(Mode::Road, ["ESBCN", "NLRTM"], "EU", None, "EUR", 48),
    lane(Mode::Road, ["USCMH", "USATL"], "NA", None, "USD", 22),
    lane(Mode::Road, ["CHZRH", "DEMUC"], "EU", Some("DE"), "EUR", 18),
    lane(Mode::Road, ["MXMTY", "USDAL"], "NA", Some("US"), "USD", 36),
    lane(Mode::Road, ["TRBTZ", "DEMUC"], "EU", Some("DE"), "EUR", 120),
    lane(Mode::Rail, ["CNCGO", "DEDUI"], "EU", Some("DE"), "EUR", 400),
    lane(Mode::Rail, ["USLAX", "USCHI"], "NA", None, "USD", 96),
    lane(Mode::Parcel, ["USSDF", "USNYC"], "NA", None, "USD", 20),
    lane(Mode::Parcel, ["DEBER", "FRPAR"], "EU", None, "EUR", 24),
    lane(Mode::Parcel, ["CNSZX", "DEBER"], "EU", Some("DE"), "EUR", 72),
    lane(Mode::Other, ["BEANR", "DEDUI"], "EU", None, "EUR", 40),
];

/// Goods: harmonised code, unit, price in cents of a dollar, grams and cubic centimetres of one.
pub(crate) const GOODS: &[(&str, &str, i64, i64, i64)] = &[
    ("8471.30.00", "EA", 48_900, 2_100, 9_000),
    ("8542.31.90", "EA", 1_240, 20, 60),
    ("6203.42.35", "EA", 1_890, 620, 2_800),
    ("8708.29.90", "EA", 7_450, 3_400, 14_000),
    ("9403.60.10", "EA", 15_900, 22_000, 130_000),
    ("7318.15.88", "KG", 310, 1_000, 400),
    ("0901.11.00", "KG", 420, 1_000, 1_600),
    ("3923.30.10", "EA", 35, 40, 900),
    ("8413.70.21", "EA", 32_000, 11_000, 31_000),
    ("8528.52.10", "EA", 11_200, 4_800, 38_000),
];

/// The carriers of a mode, as indices into [`CARRIERS`].
pub(crate) fn carriers_of(mode: Mode) -> std::ops::Range<usize> {
    span(CARRIERS.iter().map(|carrier| carrier.mode), mode)
}

/// The lanes of a mode, as indices into [`LANES`].
pub(crate) fn lanes_of(mode: Mode) -> std::ops::Range<usize> {
    span(LANES.iter().map(|lane| lane.mode), mode)
}

fn span(modes: impl Iterator<Item = Mode>, mode: Mode) -> std::ops::Range<usize> {
    let mut places = modes.enumerate().filter(|(_, of)| *of == mode).map(|(place, _)| place);
    let first = places.next().expect("every mode has a carrier and a lane");
    first..places.last().unwrap_or(first) + 1
}

impl Carrier {
    /// Its word for one of our codes.
    pub(crate) fn word(&self, code: &'static str) -> &'static str {
        self.dialect.iter().find(|(ours, _)| *ours == code).map_or(code, |(_, theirs)| *theirs)
    }
}
