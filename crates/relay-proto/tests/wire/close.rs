//! Close codes.

use relay_proto::close::{CloseCode, UnknownCloseCode};

#[test]
fn each_code_is_found_by_its_number() {
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::try_from(code.code()), Ok(code));
    }
}

#[test]
fn knows_no_other_number() {
    let known: Vec<u16> = CloseCode::ALL.map(CloseCode::code).to_vec();
    for actual in (0..=u16::MAX).filter(|number| !known.contains(number)) {
        assert_eq!(
            CloseCode::try_from(actual),
            Err(UnknownCloseCode { actual })
        );
    }
}

#[test]
fn the_specification_lists_exactly_these_codes() {
    let listed: Vec<u16> = include_str!("../../README.md")
        .split_once("## Close codes")
        .unwrap()
        .1
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(listed, CloseCode::ALL.map(CloseCode::code));
}
