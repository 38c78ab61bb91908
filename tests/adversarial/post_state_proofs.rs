//! Files made of proofs: the nodes of the post-state beside those of the pre-state tell deleted leaves' siblings
//! only indirectly; adding them never makes a block invalid.

use alloy_primitives::Bytes;
use blocklight_tests::{shared_block, shared_input};
use blocklight_verifier::{Quiet, Verdict, Verifier};

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct WithProofs {
    post_state_proof_nodes: Vec<Bytes>,
}

#[test]
fn post_state_proofs_never_make_a_block_invalid() {
    let files = [
        ("mainnet-1-zeth", true),
        ("mainnet-1150000-zeth", true),
        ("mainnet-1920000-zeth", true),
        ("mainnet-2463000-zeth", true),
        ("mainnet-2675000-zeth", false),
        ("mainnet-15050000-zeth", false),
        ("mainnet-18884864-zeth", true),
        ("mainnet-19426587-zeth", false),
    ];
    for (name, valid) in files {
        let Some((chain, mut input)) = shared_input(name).expect("readable") else {
            return;
        };
        let bytes = shared_block(name)
            .expect("there")
            .expect("there")
            .read()
            .expect("readable");
        let proofs: WithProofs = serde_json::from_slice(&bytes).expect("with post-state proofs");
        let verify = |input: &_| {
            Verifier::new(chain.clone())
                .verify_input(input, &Quiet)
                .expect("a verdict")
        };
        let without = verify(&input);
        input.witness.state.extend(proofs.post_state_proof_nodes);
        let with = verify(&input);
        println!("{name}: {} without, {} with", without.name(), with.name());
        for verdict in [&without, &with] {
            assert!(!matches!(verdict, Verdict::Invalid { .. }), "{name}: {verdict:?}");
        }
        assert!(
            with.is_valid() || !without.is_valid(),
            "{name}: more nodes made it incomplete"
        );
        if valid {
            assert!(with.is_valid(), "{name}: {with:?}");
        }
    }
}
