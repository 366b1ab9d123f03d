use chrono::NaiveDate;
use proptest::prelude::*;
use quant::contract::{Contract, Right};

proptest! {
    #[test]
    fn a_contract_survives_its_ticker(
        root in "[A-Z]{1,5}[0-9]?",
        day in 0_u64..36_000,
        call in any::<bool>(),
        strike_milli in 1_u32..100_000_000,
    ) {
        let contract = Contract {
            root,
            expiration: NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Days::new(day),
            right: if call { Right::Call } else { Right::Put },
            strike_milli,
        };
        prop_assert_eq!(contract.to_string().parse::<Contract>(), Ok(contract));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,30}") {
        let parsed = text.parse::<Contract>();
        prop_assert!(parsed.is_err() || text.starts_with("O:"));
    }

    #[test]
    fn no_near_ticker_panics(text in "O:[A-Z]{0,6}[0-9]{0,7}[CPX]?[0-9é]{0,9}") {
        if let Ok(contract) = text.parse::<Contract>() {
            prop_assert_eq!(contract.to_string(), text);
        }
    }
}
