//! A valid block of Amsterdam with its list and witness, made here.

use alloy_consensus::{SignableTransaction, TxEip1559, proofs};
use alloy_eips::eip2930::AccessList;
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7928::{BlockAccessList, compute_block_access_list_hash};
use alloy_primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use blocklight_verifier::{
    Block, ChainSpec, Input, InvalidReason, Limits, Quiet, Schedule, Transaction, Verdict, Verifier,
    recorder::{Genesis, Recorder, Recording},
};
use k256::ecdsa::SigningKey;
use rayon::ThreadPool;
use serde_json::{Value, json};

pub(crate) const PAID: Address = Address::repeat_byte(0x77);
pub(crate) const SCHEDULES: [Schedule; 4] = [
    Schedule::Sequential,
    Schedule::Speculative,
    Schedule::AccessList,
    Schedule::Auto,
];
/// How many accounts there are that can pay.
pub(crate) const PAYERS: usize = 12;

fn payer(index: usize) -> SigningKey {
    SigningKey::from_slice(keccak256(format!("payer {index}")).as_slice()).expect("a key")
}

/// A payer's transaction that pays a wei.
fn payment(payer: &SigningKey) -> Transaction {
    let transaction = TxEip1559 {
        chain_id: 7928,
        nonce: 0,
        gas_limit: 500_000,
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 1,
        to: PAID.into(),
        value: U256::ONE,
        access_list: AccessList::default(),
        input: Bytes::new(),
    };
    let signature = payer.sign_prehash_recoverable(transaction.signature_hash().as_slice());
    let signature = Signature::from(signature.expect("a signature"));
    transaction.into_signed(signature).into()
}

/// A chain at Amsterdam whose system contracts stop at once, but for the one that keeps beacon roots (EIP-4788), as that EIP
/// gives it.
pub(crate) fn genesis() -> Value {
    let beacon_roots = "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";
    let stop = json!({"nonce": "0x1", "balance": "0x0", "code": "0x00"});
    let zero = format!("0x{}", "00".repeat(32));
    let blobs = json!({"target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716});
    let mut genesis = json!({
        "config": {
            "chainId": 7928, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            "pragueTime": 0, "osakaTime": 0, "amsterdamTime": 0,
            "blobSchedule": {"cancun": blobs, "prague": blobs, "osaka": blobs, "amsterdam": blobs}
        },
        "nonce": "0x0", "timestamp": "0x64", "extraData": "0x", "gasLimit": "0x1c9c380", "difficulty": "0x0",
        "mixHash": zero, "coinbase": format!("0x{}", "00".repeat(20)),
        "alloc": {
            "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": {"nonce": "0x1", "balance": "0x0", "code": beacon_roots},
            "0x0000f90827f1c53a10cb7a02335b175320002935": stop,
            "0x00000961ef480eb55e80d19ad83579a64c007002": stop,
            "0x0000bbddc7ce488642fb579f8b00f3a590007251": stop,
            "0x0000bff46984e3725691fa540a8c7589300d8282": stop,
            "0x000064d678505ad48f8ccb093bc65613800e8282": stop,
        }
    });
    for index in 0..PAYERS {
        let address = Address::from_public_key(payer(index).verifying_key());
        genesis["alloc"][address.to_string()] = json!({"balance": "0xde0b6b3a7640000"});
    }
    genesis
}

/// A valid block, its list and witness.
pub(crate) struct Case {
    pub(crate) chain: ChainSpec,
    pub(crate) recorder: Recorder,
    pub(crate) block: Block,
    pub(crate) recording: Recording,
}

impl Case {
    /// A block without transactions.
    pub(crate) fn new() -> Self {
        Self::with_payments(0)
    }

    /// A block in which the first so many payers pay.
    pub(crate) fn with_payments(count: usize) -> Self {
        let genesis = Genesis::from_json(genesis().to_string().as_bytes()).expect("a genesis");
        let (chain, recorder) = (genesis.chain.clone(), genesis.recorder().expect("its own state"));
        let mut block = Block {
            header: recorder.head().clone(),
            ..Block::default()
        };
        block.header.parent_hash = recorder.head().hash_slow();
        block.header.number += 1;
        block.header.timestamp += 12;
        block.header.base_fee_per_gas = Some(875_000_000);
        block.header.parent_beacon_block_root = Some(B256::repeat_byte(0xbe));
        block.header.beneficiary = Address::repeat_byte(0xbe);
        block.body.transactions = (0..count).map(|index| payment(&payer(index))).collect();
        block.header.transactions_root = proofs::calculate_transaction_root(&block.body.transactions);
        let withdrawals = vec![Withdrawal {
            address: PAID,
            amount: 3,
            ..Withdrawal::default()
        }];
        block.header.withdrawals_root = Some(proofs::calculate_withdrawals_root(&withdrawals));
        block.body.withdrawals = Some(withdrawals.into());
        let recording = recorder.record(&block).expect("recordable");
        let mut state = recorder.state().clone();
        state.apply(recording.changes.as_ref().expect("executed"));
        block.header.state_root = state.root();
        let mut case = Self {
            chain,
            recorder,
            block,
            recording,
        };
        let list = case.list().clone();
        case.commit_to(&list);
        while let Verdict::Invalid { reason, .. } = case.verdict(None) {
            let header = &mut case.block.header;
            match reason {
                InvalidReason::GasUsed(mismatch) => header.gas_used = mismatch.got,
                InvalidReason::ReceiptsRoot(mismatch) => header.receipts_root = mismatch.got,
                // Transfers are logged (EIP-7708).
                InvalidReason::LogsBloom(mismatch) => header.logs_bloom = mismatch.got,
                reason => panic!("{reason}"),
            }
        }
        case
    }

    pub(crate) fn list(&self) -> &BlockAccessList {
        self.recording.access_list.as_ref().expect("a list")
    }

    /// Has the header commit to this list, true or not.
    pub(crate) fn commit_to(&mut self, list: &BlockAccessList) {
        self.block.header.block_access_list_hash = Some(compute_block_access_list_hash(list));
    }

    /// The file that a server would give, with `list` beside the block.
    pub(crate) fn input(&self, list: Option<&Value>) -> Input {
        let rlp = alloy_primitives::Bytes::from(alloy_rlp::encode(&self.block));
        let witness: Value = serde_json::from_str(&self.recording.witness.to_json()).expect("JSON");
        let file = json!({"block": rlp, "witness": witness, "blockAccessList": list});
        Input::decode(file.to_string().as_bytes(), &Limits::default()).expect("decodable")
    }

    pub(crate) fn verdict(&self, list: Option<&BlockAccessList>) -> Verdict {
        let list = list.map(|list| json!(list));
        Verifier::new(self.chain.clone())
            .verify_input(&self.input(list.as_ref()), &Quiet)
            .expect("a verdict")
    }

    /// The verdict by one schedule on the threads of `pool`.
    pub(crate) fn verdict_by(
        &self,
        schedule: Schedule,
        pool: &ThreadPool,
        list: Option<&BlockAccessList>,
    ) -> Verdict {
        let list = list.map(|list| json!(list));
        let (chain, input) = (&self.chain, self.input(list.as_ref()));
        let verdict = pool.install(|| {
            let verifier = Verifier::new(chain.clone()).with_schedule(schedule);
            verifier.verify_input(&input, &Quiet)
        });
        verdict.expect("a verdict")
    }
}
