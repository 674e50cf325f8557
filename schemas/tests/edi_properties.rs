//! Properties of the EDI formats: no bytes make them panic, what they make is canonical, and it does not change.

mod edi;

use std::sync::LazyLock;

use edi::{EDIFACT_PROFILE, X12_PROFILE, edifact, interchange, outcomes, unb, x12};
use landfall_schemas::format::edifact::Edifact;
use landfall_schemas::format::json::{decode, encode};
use landfall_schemas::format::x12::X12;
use landfall_schemas::format::{Decoder, Outcome};
use proptest::prelude::*;

static X12_PARTNER: LazyLock<X12> = LazyLock::new(|| x12(X12_PROFILE));
static EDIFACT_PARTNER: LazyLock<Edifact> = LazyLock::new(|| edifact(EDIFACT_PROFILE));

/// Interchanges of which the properties change bytes: one of each kind.
fn originals() -> Vec<Vec<u8>> {
    let sets = [
        (
            "210",
            "B3**I1*BL1*PP**20260301*11050*RB***UPSN~C3*USD~LX*1~N9*CN*1Z1808WW0473048017~L0*1***5*G******L~L1*1***10000****400~L1*1***10.50****FUE~C3*EUR~L3*****11050~",
        ),
        (
            "310",
            "B3*3*I2*BL1*MX**20260301*00*CA***MAEU~N9*BN*B1~N7*TCNU*684973**********************1~L1*1***100****BAS~C3*USD~",
        ),
        (
            "214",
            "B10*PRO1*BL1*ABCD~L11*T9*2I~LX*1~AT7*D1*AG***20260715*1630*ET~MS1*DALLAS*TX*US~AT7***AB*NA*20260715*1630*PT~",
        ),
        (
            "315",
            "B4***VA*20260715*1200**MSKU*123456*L*45G1*NLRTM*UN*5~N9*BM*BL1~R4*L*UN*BRSSZ~DTM*140*20260701*0800*LT~R4*T*UN*NLRTM~",
        ),
        ("315", "B4***PA*20260715*1200*****~N9*TN*E1~B4***CT*20260715*1200~"),
        (
            "850",
            "BEG*00*SA*PO1**20260301~CUR*BY*USD~N1*BY*B*92*B1~N1*SU*S*92*S1~FOB*CC***01*FCA~PO1*10*5*EA*2.5**BP*SKU1~PID*F****W~",
        ),
        (
            "856",
            "BSN*00*S1*20260301*1200~HL*1**S~TD5**2*ABCD*M~REF*BM*BL1~HL*2*1*O~PRF*PO1~HL*3*2*I~LIN*1*BP*A~SN1**3*EA~",
        ),
        ("997", "AK1*PO*7~AK2*850*0001~AK3*PO1*8**8~AK5*R*5~AK9*R*1*1*0~"),
    ];
    let messages = [
        (
            "IFTSTA",
            "BGM+23+D1+9'RFF+BM:H'CNI+1+C'STS+1+21::6'RFF+BM:I'DTM+334:202607151200:203'LOC+9+CNSHA'DTM+186:20260701:102'",
        ),
        (
            "INVOIC",
            "BGM+381+I1+9'DTM+137:20260301:102'NAD+SU+M::92++A?+B'CUX+2:EUR:4'ALC+A++++DIS'MOA+8:1,00'LIN+1++BAS'MOA+203:100'UNS+S'MOA+77:99'TAX+7+VAT'MOA+124:0'",
        ),
        ("CONTRL", "UCI+77+US+THEM+7'UCM+1+INVOIC:D:96A:UN+4+12'UCS+5'"),
    ];
    vec![interchange(&sets).into_bytes(), unb(&messages).into_bytes()]
}

fn both(record: &[u8]) -> [Vec<Outcome>; 2] {
    [outcomes(&*X12_PARTNER, record), outcomes(&*EDIFACT_PARTNER, record)]
}

/// Every event survives encoding, and reading again says the same.
fn holds(decoder: &impl Decoder, record: &[u8]) {
    let said = outcomes(decoder, record);
    for event in said.iter().flatten() {
        assert_eq!(decode(encode(event).as_bytes()).as_ref(), Ok(event));
    }
    assert_eq!(outcomes(decoder, record), said);
}

#[test]
fn the_originals_say_something() {
    let originals = originals();
    let events = |outcomes: &[Outcome]| outcomes.iter().flatten().count();
    assert!(events(&outcomes(&*X12_PARTNER, &originals[0])) >= 10);
    assert!(events(&outcomes(&*EDIFACT_PARTNER, &originals[1])) >= 3);
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "*", "~", "'", "+", ":", "?", "\n", "ISA", "GS*", "ST*", "SE*", "UNH+", "UNT+", "0", "-", ".", "99999999", "é",
        "",
    ];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        both(&bytes);
    }

    #[test]
    fn no_edit_of_a_record_makes_decoding_panic(
        original in 0_usize..2,
        edits in proptest::collection::vec((any::<usize>(), 0_usize..40, piece()), 1..5),
    ) {
        let mut record = originals().swap_remove(original);
        for (at, taken, put) in edits {
            let begin = at % (record.len() + 1);
            let end = (begin + taken).min(record.len());
            record.splice(begin..end, put);
        }
        holds(&*X12_PARTNER, &record);
        holds(&*EDIFACT_PARTNER, &record);
    }

    #[test]
    fn a_record_cut_short_never_says_more(cut in any::<usize>()) {
        let originals = originals();
        let whole = outcomes(&*X12_PARTNER, &originals[0]);
        let end = cut % originals[0].len();
        let events: Vec<_> = outcomes(&*X12_PARTNER, &originals[0][..end]).into_iter().flatten().collect();
        prop_assert!(whole.into_iter().flatten().take(events.len()).eq(events));
    }
}
