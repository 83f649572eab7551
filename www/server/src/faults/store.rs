//! The fault `store`: the failures that the store's layer asks for.

use super::Faults;
use super::what::What;
use crate::run::RunId;
use crate::store::{StoreError, StoreFaults};

/// The code that such a failure has unless the fault names another.
const CODE: &str = "store_unavailable";

impl StoreFaults for Faults {
    fn would_fail(&self, run_id: Option<&RunId>) -> bool {
        self.board
            .lock()
            .would_fire(run_id, None, |what| matches!(what, What::Store(_)))
    }

    fn fail(&self, run_id: Option<&RunId>) -> Option<StoreError> {
        self.board.lock().fire(run_id, None, |what| match what {
            What::Store(error) => Some(error.clone()),
            _ => None,
        })
    }
}

/// The error of such a fault.
pub(super) fn store_error(code: Option<String>, retryable: bool) -> StoreError {
    let code = code.map_or(CODE.into(), Into::into);
    let message = "the store failed, as a fault asks".to_owned();
    if retryable {
        StoreError::Transient { code, message }
    } else {
        StoreError::Broken { code, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Faults {
        let faults = Faults::new().0;
        faults.post(serde_json::from_str(json).unwrap()).unwrap();
        faults
    }

    #[test]
    fn a_store_fault_fails_as_often_as_it_was_asked_to_and_looking_uses_nothing_up() {
        let faults = faults(r#"{ "kind": "store", "times": 2, "code": "disk_gone" }"#);
        for _ in 0..2 {
            assert!(faults.would_fail(None));
            let error = faults.fail(Some(&"a".into())).unwrap();
            assert_eq!((error.code(), error.retryable()), ("disk_gone", true));
        }
        assert!(!faults.would_fail(None));
        assert_eq!(faults.fail(None), None);
    }

    #[test]
    fn a_store_fault_of_one_run_leaves_the_others_and_what_is_for_no_run_alone() {
        let faults = faults(r#"{ "kind": "store", "run_id": "a", "retryable": false }"#);
        assert_eq!(faults.fail(Some(&"b".into())), None);
        assert_eq!(faults.fail(None), None);
        let error = faults.fail(Some(&"a".into())).unwrap();
        assert_eq!((error.code(), error.retryable()), (CODE, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_fault_for_a_while_fails_that_long() {
        let faults = faults(r#"{ "kind": "store", "for_ms": 1000 }"#);
        for _ in 0..3 {
            assert!(faults.fail(None).is_some());
        }
        tokio::time::sleep(std::time::Duration::from_millis(1000)).await;
        assert_eq!(faults.fail(None), None);
    }
}
