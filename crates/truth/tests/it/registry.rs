use crate::folder::Folder;
use testkit::Rig;
use truth::{build, registry};
use wire::{
    EpochSec,
    system::{ServiceConfig, last_beat},
};

fn config(component: &str, secret_scope: &str) -> ServiceConfig {
    ServiceConfig { component: component.into(), secret_scope: secret_scope.into() }
}

#[tokio::test]
async fn what_an_operator_registered_stays() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    let composite = build(&folder.sources()).unwrap();
    registry::register(&rig.bus, "vigil", &config("vigil", "other")).await.unwrap();
    registry::register(&rig.bus, "stranger", &config("massive", "massive")).await.unwrap();

    let registered = registry::register_all(&rig.bus, &composite).await.unwrap();
    assert_eq!(registered.added, ["healer", "massive"]);
    assert_eq!(registered.unknown, ["stranger"]);
    assert_eq!(registry::mapping(&rig.bus, "vigil").await.unwrap(), config("vigil", "other"));
    assert_eq!(registry::mapping(&rig.bus, "massive").await.unwrap(), config("massive", "massive"));
    assert_eq!(registry::missing(&rig.bus, &composite).await.unwrap(), Vec::<String>::new());
    assert_eq!(registry::register_all(&rig.bus, &composite).await.unwrap().added, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_unregistered_leaves_nothing_behind() {
    let rig = Rig::new().await;
    registry::register(&rig.bus, "vigil", &config("vigil", "vigil")).await.unwrap();
    rig.bus.set(&last_beat("vigil"), &EpochSec::new(1_790_000_000.0)).await.unwrap();
    let listed = registry::list(&rig.bus).await.unwrap();
    assert_eq!(listed[0].last_beat, Some(EpochSec::new(1_790_000_000.0)));

    assert!(registry::unregister(&rig.bus, "vigil").await.unwrap());
    assert!(!registry::unregister(&rig.bus, "vigil").await.unwrap());
    assert_eq!(registry::list(&rig.bus).await.unwrap(), []);
    assert_eq!(rig.bus.info(wire::BusId::System).await.unwrap().text("db0"), None, "not one key is left");
}
