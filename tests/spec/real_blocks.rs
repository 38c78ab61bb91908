//! Every real block of `../shared/blocks` gives the verdict its README expects, whatever the number of threads.

use blocklight_tests::shared_blocks;
use blocklight_verifier::{ChainSpec, Input, Limits, Quiet, Timing, Verdict, Verifier};
use rayon::ThreadPoolBuilder;

fn verify(input: &Input, threads: usize) -> Verdict {
    let chain =
        ChainSpec::by_id(input.chain_id.expect("the files name their chain")).expect("a built-in chain");
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    let mut verdict = pool
        .install(|| Verifier::new(chain).verify_input(input, &Quiet))
        .expect("a verdict");
    assert_eq!(verdict.report().timing.threads, threads as u64);
    verdict.report_mut().timing = Timing::default();
    verdict
}

#[test]
fn every_real_block_gives_its_expected_verdict_with_one_and_two_threads() {
    let Some(files) = shared_blocks().expect("a readable folder") else {
        return;
    };
    assert!(files.len() >= 54, "only {} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let input = Input::decode(&file.read().expect("readable"), &Limits::default()).expect("decodable");
        let one = verify(&input, 1);
        let two = verify(&input, 2);
        assert_eq!(
            one, two,
            "{}: the report depends on the number of threads",
            file.name
        );
        match &one {
            Verdict::Valid { .. } => println!("{}: valid", file.name),
            Verdict::Invalid { reason, .. } => println!("{}: invalid, {reason}", file.name),
            Verdict::Incomplete { missing, .. } => println!("{}: incomplete, {missing}", file.name),
        }
        if one.name() != file.expected {
            wrong.push(format!(
                "{}: expected {}, got {}",
                file.name,
                file.expected,
                one.name()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
