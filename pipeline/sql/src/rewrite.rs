//! What PostgreSQL understands and the query engine does not, in other words: the rows of a question as an array,
//! several columns that nobody named, and tables of the catalog without their schema.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArguments, Ident, ObjectNamePart, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr,
    Statement, VisitMut, VisitorMut, visit_expressions_mut, visit_relations_mut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::further;

/// Rewrites a statement for the query engine.
pub(super) fn for_engine(statement: &mut Statement) {
    let _visited = visit_expressions_mut(statement, |expression| {
        if let Some(meant) = array_of_rows(expression) {
            *expression = meant;
        }
        ControlFlow::<()>::Continue(())
    });
    let _visited = statement.visit(&mut Names);
    let _visited = visit_relations_mut(statement, |relation| {
        let is_further = |name: &Ident| further::names().any(|further| further.eq_ignore_ascii_case(&name.value));
        if let [ObjectNamePart::Identifier(name)] = relation.0.as_slice()
            && is_further(name)
        {
            relation.0.insert(0, ObjectNamePart::Identifier(Ident::new("pg_catalog")));
        }
        ControlFlow::<()>::Continue(())
    });
}

fn parsed(text: &str) -> Option<Expr> {
    Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?.parse_expr().ok()
}

/// `ARRAY(SELECT x FROM t ORDER BY y)` as `(SELECT array_agg(x ORDER BY y) FROM t)`.
fn array_of_rows(expression: &Expr) -> Option<Expr> {
    let Expr::Function(function) = expression else { return None };
    let FunctionArguments::Subquery(query) = &function.args else { return None };
    if !function.name.to_string().eq_ignore_ascii_case("array") || query.limit_clause.is_some() {
        return None;
    }
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    // Nothing has policies; what psql asks of them cannot be planned.
    if select.from.iter().any(|from| from.to_string().contains("pg_policy")) {
        return parsed("CAST(NULL AS TEXT[])");
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] = select.projection.as_slice()
    else {
        return None;
    };
    let order = match query.order_by.as_ref().map(|order| &order.kind) {
        None => String::new(),
        Some(OrderByKind::Expressions(by)) => format!(" ORDER BY {}", listed(by, value)),
        Some(OrderByKind::All(_)) => return None,
    };
    let collected = parsed(&format!("array_agg({value}{order})"))?;
    let select = Select { projection: vec![SelectItem::UnnamedExpr(collected)], ..select.as_ref().clone() };
    let query = Query { body: Box::new(SetExpr::Select(Box::new(select))), order_by: None, ..query.as_ref().clone() };
    Some(Expr::Subquery(Box::new(query)))
}

/// The order of an aggregate, in which a number does not stand for a column.
fn listed(by: &[OrderByExpr], only: &Expr) -> String {
    let one = |by: &OrderByExpr| match &by.expr {
        Expr::Value(_) => OrderByExpr { expr: only.clone(), ..by.clone() }.to_string(),
        _ => by.to_string(),
    };
    by.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Names columns that would have the same name: `SELECT NULL, NULL`, or the difference of two subqueries twice.
struct Names;

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut seen = HashSet::new();
        for (at, item) in select.projection.iter_mut().enumerate() {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => {
                    seen.insert(alias.value.to_lowercase());
                }
                SelectItem::UnnamedExpr(expression) if !seen.insert(name(expression)) => {
                    let alias = Ident::new(format!("column{}", at + 1));
                    *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }
}

/// How the query engine would name a column: without casts, and with every subquery alike.
fn name(expression: &Expr) -> String {
    let mut plain = expression.clone();
    let _visited = visit_expressions_mut(&mut plain, |part| {
        let meant = match part {
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                Some(Expr::Identifier(Ident::new("<subquery>")))
            }
            Expr::Cast { expr, .. } | Expr::Nested(expr) => Some(expr.as_ref().clone()),
            _ => None,
        };
        if let Some(meant) = meant {
            *part = meant;
        }
        ControlFlow::<()>::Continue(())
    });
    plain.to_string().to_lowercase()
}
