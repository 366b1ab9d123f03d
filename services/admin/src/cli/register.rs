use crate::{desk::Desk, exit::Failure, output::Report};
use anyhow::{Context, bail};
use serde_json::json;
use wire::system::ServiceConfig;

/// Register a service, with the component that configures it
#[derive(Debug, clap::Args)]
pub(super) struct Register {
    /// The service, as its SERVICE_ID says
    #[arg(long, value_name = "S")]
    service_id: String,
    /// A component of the loaded Truth
    #[arg(long, value_name = "C")]
    component: String,
    /// Scope of its secrets; the component's by default
    #[arg(long, value_name = "X")]
    secret_scope: Option<String>,
    /// Replace another mapping of this service
    #[arg(long)]
    force: bool,
}

impl Register {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let catalog = desk.catalog().await?;
        let mut components = truth::service::components(&catalog.stored.document).into_iter();
        if !components.any(|known| known.component == self.component) {
            return Err(Failure::component(&self.component).into());
        }
        let secret_scope = self.secret_scope.unwrap_or_else(|| self.component.clone());
        let wanted = ServiceConfig { component: self.component, secret_scope };
        let registered = truth::registry::list(&desk.bus).await.context("read the registry")?;
        if let Some(other) = registered.iter().find(|entry| entry.service_id == self.service_id)
            && (other.component != wanted.component || other.secret_scope != wanted.secret_scope)
            && !self.force
        {
            let (id, component, scope) = (&self.service_id, &other.component, &other.secret_scope);
            bail!(
                "{id} is registered with component={component} secret_scope={scope}; --force replaces that"
            );
        }
        truth::registry::register(&desk.bus, &self.service_id, &wanted).await.context("register")?;
        let ServiceConfig { component, secret_scope } = wanted;
        let id = self.service_id;
        Ok(Report::new(json!({"service_id": id, "component": component, "secret_scope": secret_scope}))
            .line(format!("registered {id} component={component} secret_scope={secret_scope}")))
    }
}
