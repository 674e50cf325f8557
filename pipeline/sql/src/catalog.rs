//! What clients find when they look around: the views in `public`, PostgreSQL's catalog, and the functions.

use std::sync::Arc;

use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::setup_pg_catalog;
use datafusion_pg_functions::string::{format, quote};
use landfall_operators::rows::View;

use super::catalog_schema::CatalogSchema;
use super::descriptions::Descriptions;
use super::information::Information;
use super::settings::Settings;
use super::table::Views;
use super::yields::GiveWay;
use super::{SqlError, bounded, functions, primary_keys, privilege, routines, system};

/// The name of the one database.
pub(super) const DATABASE: &str = "landfall";

/// What every statement begins with.
pub(super) struct Catalog {
    /// Functions, tables, planner. Statements work on copies.
    pub state: SessionState,
    /// Comments on tables and columns.
    pub descriptions: Arc<Descriptions>,
}

impl Catalog {
    /// The catalog of the served views.
    ///
    /// # Errors
    /// When the query engine does not take it.
    pub fn new(settings: &Settings, served: &[View]) -> Result<Catalog, SqlError> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(DATABASE, "public")
            .with_create_default_catalog_and_schema(false)
            // Ours, which has what drivers ask for, takes its place.
            .with_information_schema(false)
            .with_target_partitions(settings.threads);
        let options = config.options_mut();
        // The columns are plain strings; views of strings would be converted in every comparison.
        options.sql_parser.map_string_types_to_utf8view = false;
        options.execution.time_zone = Some(super::types::UTC.to_owned());
        // Small views need no more than one thread, and rows stay in the order of their key.
        options.optimizer.prefer_existing_sort = true;
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new().with_disk_manager_builder(disk).build_arc()?;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(GiveWay))
            .build();
        let context = SessionContext::new_with_state(state);
        let database = Arc::new(MemoryCatalogProvider::new());
        database.register_schema("public", Arc::new(Views::new(served)))?;
        context.register_catalog(DATABASE, Arc::clone(&database) as Arc<dyn CatalogProvider>);
        setup_pg_catalog(&context, DATABASE, EmptyContextProvider).map_err(|error| *error)?;
        let descriptions = Arc::new(Descriptions::new(served));
        if let Some(inner) = database.schema("pg_catalog") {
            let users = settings.users.iter().map(|user| user.name.clone()).collect();
            let schema = CatalogSchema::new(inner, Arc::clone(&descriptions), users);
            database.register_schema("pg_catalog", Arc::new(schema))?;
        }
        let information = Information::new(Arc::clone(context.state().catalog_list()), served);
        database.register_schema(INFORMATION_SCHEMA, Arc::new(information))?;
        let mut state = context.state();
        datafusion_pg_functions::numeric::register(&mut state);
        for function in
            [format::create_format_udf(), quote::create_quote_literal_udf(), quote::create_quote_nullable_udf()]
        {
            state.register_udf(Arc::new(function))?;
        }
        bounded::register(&mut state)?;
        let context = SessionContext::new_with_state(state);
        for function in functions::all(&settings.age_buckets_days) {
            context.register_udf(function);
        }
        for function in [
            system::all(),
            privilege::all(),
            descriptions.functions(),
            primary_keys::functions(&descriptions),
            routines::functions(),
        ]
        .concat()
        {
            context.register_udf(function);
        }
        Ok(Catalog { state: context.state(), descriptions })
    }
}
