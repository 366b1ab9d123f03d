//! Filters that hand routes their caller.

use crate::session::{Caller, not_authenticated};
use http::StatusCode;
use std::future::ready;
use warp::{Filter, Rejection};
use web::Error;

/// Hands the caller to a handler. Put it behind the path.
pub(crate) fn caller() -> impl Filter<Extract = (Caller,), Error = Rejection> + Clone {
    warp::ext::optional::<Caller>().and_then(async |caller: Option<Caller>| {
        let found = caller.ok_or_else(|| Rejection::from(not_authenticated("Please sign in.")));
        ready(found).await
    })
}

/// Hands the caller to a handler that only administrators may use. Put it behind the path.
pub(crate) fn admin() -> impl Filter<Extract = (Caller,), Error = Rejection> + Clone {
    caller().and_then(async |caller: Caller| {
        let text = "This is for administrators.";
        let refusal = || Error::new(StatusCode::FORBIDDEN, "admin_required", text);
        ready(if caller.is_admin { Ok(caller) } else { Err(Rejection::from(refusal())) }).await
    })
}
