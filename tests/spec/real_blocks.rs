//! Every real block of `../shared/blocks` gives the verdict its README expects, whatever the number of threads.

use blocklight_tests::shared_blocks;
use blocklight_verifier::{ChainSpec, EncodedInput, Error, Input, Limits, Quiet, Timing, Verdict, Verifier};
use rayon::ThreadPoolBuilder;

/// The verdict on a decoded file, or on its bytes, in a pool of so many threads.
fn verify(threads: usize, verify: impl FnOnce() -> Result<Verdict, Error> + Send) -> Verdict {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    let mut verdict = pool.install(verify).expect("a verdict");
    assert_eq!(verdict.report().timing.threads, threads as u64);
    verdict.report_mut().timing = Timing::default();
    verdict
}

/// A verifier for the chain that a file names.
fn verifier(input: &Input) -> Verifier {
    let id = input.chain_id.expect("the files name their chain");
    Verifier::new(ChainSpec::by_id(id).expect("a built-in chain"))
}

#[test]
fn every_real_block_gives_its_expected_verdict_with_one_and_two_threads() {
    let Some(files) = shared_blocks().expect("a readable folder") else {
        return;
    };
    assert!(files.len() >= 54, "only {} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let (bytes, limits) = (file.read().expect("readable"), Limits::default());
        let input = Input::decode(&bytes, &limits).expect("decodable");
        let one = verify(1, || verifier(&input).verify_input(&input, &Quiet));
        let two = verify(2, || verifier(&input).verify_input(&input, &Quiet));
        assert_eq!(
            one, two,
            "{}: the report depends on the number of threads",
            file.name
        );
        for threads in [1, 2] {
            let choose = |input: &Input| Ok(verifier(input));
            let at_once = verify(threads, || {
                EncodedInput::File(&bytes).verify(&limits, &Quiet, choose)
            });
            assert_eq!(at_once, one, "{}: in one go on {threads} threads", file.name);
        }
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
