#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pariksha_fuzz::imports::roster(bytes));
