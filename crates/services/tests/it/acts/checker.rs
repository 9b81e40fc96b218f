//! What a source file may not do with acts.

use std::collections::HashSet;

use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprField, ExprMethodCall, ExprPath,
    ExprReturn, FnArg, ImplItemFn, Item, ItemFn, ItemMod, Local, Member, Pat, PatIdent, Signature,
    Stmt, TraitItemFn, Type,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A function that holds an act returns what `commit` or `unchanged` returns, fails, or hands
    /// the act on.
    EndsInCommit,
    /// While a function holds an act, it asks its transaction, not the database for reading, which
    /// may wait for the connection that the act has.
    ReadsItself,
    /// Transactions and connections are the business of acts.
    NoOtherTransaction,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub rule: Rule,
    /// The function, or what is in it.
    pub place: String,
    pub words: String,
}

/// Methods that only the foundations call.
const FOUNDATIONS: [&str; 4] = ["begin", "begin_with_options", "transaction", "for_queue"];

pub fn faults(source: &str) -> Vec<Fault> {
    let file = syn::parse_file(source).unwrap();
    let mut functions = Functions::default();
    functions.visit_file(&file);
    functions.faults
}

/// Finds every function but those of tests.
#[derive(Default)]
struct Functions {
    faults: Vec<Fault>,
}

impl Functions {
    fn check(&mut self, signature: &Signature, block: &Block) {
        let mut body = Body::of(signature.ident.to_string());
        for input in &signature.inputs {
            if let FnArg::Typed(input) = input
                && is_act(&input.ty)
            {
                body.hold(&input.pat);
            }
        }
        body.check(block);
        self.faults.append(&mut body.faults);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !module.attrs.iter().any(is_for_tests) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.check(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.check(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.check(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

fn is_act(kind: &Type) -> bool {
    let Type::Path(kind) = kind else {
        return false;
    };
    let last = kind.path.segments.last();
    last.is_some_and(|segment| segment.ident == "Act")
}

/// The body of a function, a closure or an async block, with the acts that it holds so far.
struct Body {
    name: String,
    acts: HashSet<String>,
    faults: Vec<Fault>,
}

impl Body {
    fn of(name: String) -> Self {
        Self {
            name,
            acts: HashSet::new(),
            faults: Vec::new(),
        }
    }

    fn fault(&mut self, rule: Rule, words: impl Into<String>) {
        self.faults.push(Fault {
            rule,
            place: self.name.clone(),
            words: words.into(),
        });
    }

    fn hold(&mut self, pattern: &Pat) {
        struct Names<'a>(&'a mut HashSet<String>);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
                self.0.insert(pattern.ident.to_string());
            }
        }
        Names(&mut self.acts).visit_pat(pattern);
    }

    fn check(&mut self, block: &Block) {
        self.visit_block(block);
        if !self.acts.is_empty() && !self.block_ends(block) {
            let words = "its end neither commits the act, nor ends it unchanged, nor hands it on";
            self.fault(Rule::EndsInCommit, words);
        }
    }

    /// A body within this one ends by itself.
    fn check_inner(&mut self, kind: &str, check: impl FnOnce(&mut Body)) {
        let mut inner = Body::of(format!("{kind} in {}", self.name));
        check(&mut inner);
        self.faults.append(&mut inner.faults);
    }

    fn block_ends(&self, block: &Block) -> bool {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.ends(tail),
            // What it returns is looked at where it returns.
            Some(Stmt::Expr(Expr::Return(_), Some(_))) => true,
            _ => false,
        }
    }

    /// Whether the value of an expression is that of a commit, a failure, or of a function that was
    /// handed the act.
    fn ends(&self, value: &Expr) -> bool {
        match value {
            Expr::Await(inner) => self.ends(&inner.base),
            Expr::Try(inner) => self.ends(&inner.expr),
            Expr::Paren(inner) => self.ends(&inner.expr),
            Expr::Group(inner) => self.ends(&inner.expr),
            Expr::Block(inner) => self.block_ends(&inner.block),
            Expr::Return(_) => true,
            Expr::If(inner) => {
                let otherwise = inner.else_branch.as_ref();
                self.block_ends(&inner.then_branch)
                    && otherwise.is_some_and(|(_, other)| self.ends(other))
            }
            Expr::Match(inner) => inner.arms.iter().all(|arm| self.ends(&arm.body)),
            Expr::MethodCall(call) => {
                call.method == "commit"
                    || call.method == "unchanged"
                    || call.args.iter().any(|arg| self.is_held(arg))
                    || self.ends(&call.receiver)
            }
            Expr::Call(call) => {
                is_call_of(&call.func, "Err") || call.args.iter().any(|arg| self.is_held(arg))
            }
            _ => false,
        }
    }

    fn is_held(&self, value: &Expr) -> bool {
        let Expr::Path(ExprPath { path, .. }) = value else {
            return false;
        };
        path.get_ident()
            .is_some_and(|name| self.acts.contains(&name.to_string()))
    }
}

impl<'ast> Visit<'ast> for Body {
    fn visit_item(&mut self, _: &'ast Item) {
        // A function within a function is found by itself.
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.check_inner("a closure", |inner| {
            inner.visit_expr(&closure.body);
            if !inner.acts.is_empty() && !inner.ends(&closure.body) {
                inner.fault(Rule::EndsInCommit, "its end leaves the act open");
            }
        });
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.check_inner("a block", |inner| inner.check(&block.block));
    }

    fn visit_local(&mut self, local: &'ast Local) {
        visit::visit_local(self, local);
        let value = local.init.as_ref().map(|init| &init.expr);
        if value.is_some_and(|value| begins_act(value)) {
            self.hold(&local.pat);
        }
    }

    fn visit_expr_return(&mut self, returned: &'ast ExprReturn) {
        visit::visit_expr_return(self, returned);
        let is_open = !self.acts.is_empty();
        if is_open && !returned.expr.as_ref().is_some_and(|value| self.ends(value)) {
            let words = "it returns without a word about the act: commit it, or end it unchanged";
            self.fault(Rule::EndsInCommit, words);
        }
    }

    fn visit_expr_field(&mut self, field: &'ast ExprField) {
        visit::visit_expr_field(self, field);
        let is_db = matches!(&field.member, Member::Named(name) if name == "db");
        if is_db && !self.acts.is_empty() {
            let words = "it asks `ctx.db` while it holds an act: ask `act.tx`";
            self.fault(Rule::ReadsItself, words);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if FOUNDATIONS.iter().any(|known| call.method == known) {
            let words = format!("it calls `{}`: begin an act", call.method);
            self.fault(Rule::NoOtherTransaction, words);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let named: Vec<String> = names(path);
        if let [.., of, method] = named.as_slice()
            && of == "TransactionTrait"
            && FOUNDATIONS.contains(&method.as_str())
        {
            let words = format!("it names `{of}::{method}`: begin an act");
            self.fault(Rule::NoOtherTransaction, words);
        }
    }
}

/// Whether an expression calls a constructor of an act.
fn begins_act(value: &Expr) -> bool {
    struct Begins(bool);
    impl<'ast> Visit<'ast> for Begins {
        fn visit_expr_call(&mut self, call: &'ast ExprCall) {
            if let Expr::Path(path) = &*call.func
                && let [.., of, _] = names(path).as_slice()
                && of == "Act"
            {
                self.0 = true;
            }
            visit::visit_expr_call(self, call);
        }
        fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    }
    let mut begins = Begins(false);
    begins.visit_expr(value);
    begins.0
}

fn is_call_of(function: &Expr, name: &str) -> bool {
    matches!(function, Expr::Path(path) if path.path.is_ident(name))
}

fn names(path: &ExprPath) -> Vec<String> {
    let segments = path.path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules that a function with this body breaks.
    fn broken(body: &str) -> Vec<Rule> {
        let source = format!("async fn verb(ctx: &Context, actor: &Actor) -> Answer {{ {body} }}");
        faults(&source).iter().map(|fault| fault.rule).collect()
    }

    const BEGIN: &str = "let act = Act::lab(ctx, actor, id, Action::Edit).await?;";

    #[test]
    fn an_act_that_ends_well_is_fine() {
        for end in [
            "act.commit(()).await",
            "act.unchanged(id).await",
            "if is_known { return act.unchanged(()).await; } act.commit(()).await",
            "if is_known { act.unchanged(()).await } else { act.commit(()).await }",
            "match found { Some(x) => act.commit(x).await, None => Err(Error::Denied) }",
            "let Some(x) = found else { return act.unchanged(()).await; }; act.commit(x).await",
            "let Some(x) = found else { return Err(Error::Denied); }; act.commit(x).await",
            "change(act, name).await",
            "change(ctx, act).await.map_err(translate)",
            "Ok(act)",
            "act.commit(()).await.map_err(translate)",
            "let all = rows.iter().map(|row| Ok(row.id)); act.commit(all).await",
            "return act.commit(()).await;",
        ] {
            assert_eq!(broken(&format!("{BEGIN} {end}")), [], "{end}");
        }
    }

    #[test]
    fn an_act_that_is_left_open_is_found() {
        for end in [
            "Ok(())",
            "act.audit(event).await?; Ok(id)",
            "act.commit(()).await?; Ok(id)",
            "if is_known { return Ok(()); } act.commit(()).await",
            "let Some(x) = found else { return Ok(()); }; act.commit(x).await",
            "if is_known { act.commit(()).await } else { Ok(()) }",
            "match found { Some(x) => act.commit(x).await, None => Ok(()) }",
            "change(&act).await",
            "change(&act).await;",
            "return Ok(());",
            "act.commit(()).await?;",
        ] {
            assert_eq!(
                broken(&format!("{BEGIN} {end}")),
                [Rule::EndsInCommit],
                "{end}"
            );
        }
    }

    #[test]
    fn it_matters_where_an_act_begins() {
        let before = format!("if is_known {{ return Ok(()); }} {BEGIN} act.commit(()).await");
        assert_eq!(broken(&before), []);
        let in_branch = "if is_due { let act = Act::system(ctx, actor).await?; \
                         act.commit(()).await?; } Ok(())";
        assert_eq!(broken(in_branch), [Rule::EndsInCommit]);
        let by_match = "let mut act = match link { Some(link) => Act::link(ctx, actor, link) \
                        .await?, \
                        None => Act::anybody(ctx, actor).await? }; Ok(())";
        assert_eq!(broken(by_match), [Rule::EndsInCommit]);
        let with_type = "let act: Act<'_, Free> = Act::<Free>::system(ctx, actor).await?; Ok(())";
        assert_eq!(broken(with_type), [Rule::EndsInCommit]);
        assert_eq!(broken("let act = play::Act::One; Ok(())"), []);
        assert_eq!(broken("change(Act::system(ctx, actor).await?).await"), []);
    }

    #[test]
    fn acts_in_blocks_closures_methods_and_parameters_are_found() {
        for (source, place) in [
            (
                "fn job() { spawn(async move { let act = Act::bookkeeping(ctx).await?; Ok(()) }) }",
                "a block in job",
            ),
            (
                "fn job() { run(|| { let act = Act::bookkeeping(ctx)?; Ok(()) }) }",
                "a closure in job",
            ),
            (
                "impl Job for Send { fn run(self) { let act = Act::system(ctx, a)?; Ok(()) } }",
                "run",
            ),
            (
                "trait Job { fn run(self) { let act = Act::system(ctx, a)?; Ok(()) } }",
                "run",
            ),
            (
                "async fn end(act: Act<'_, OfLab<'_>>) -> Answer { act.audit(e).await?; Ok(()) }",
                "end",
            ),
            (
                "fn outer() { fn inner() { let act = Act::system(ctx, a)?; Ok(()) } }",
                "inner",
            ),
            (
                "mod part { fn verb() { let act = Act::system(ctx, a)?; Ok(()) } }",
                "verb",
            ),
        ] {
            let found = faults(source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert_eq!(
                (found[0].rule, found[0].place.as_str()),
                (Rule::EndsInCommit, place)
            );
        }
        let borrowed = "async fn note(act: &Act<'_, Free>) -> Answer { Ok(()) }";
        assert_eq!(faults(borrowed), []);
        let in_tests = "#[cfg(test)] mod tests { fn t() { let act = Act::system(c, a); } }";
        assert_eq!(faults(in_tests), []);
    }

    #[test]
    fn the_database_for_reading_is_left_alone_while_there_is_an_act() {
        let early = format!("load(&ctx.db, id).await?; {BEGIN} act.commit(()).await");
        assert_eq!(broken(&early), []);
        let late = format!("{BEGIN} load(&ctx.db, id).await?; act.commit(()).await");
        assert_eq!(broken(&late), [Rule::ReadsItself]);
    }

    #[test]
    fn other_transactions_are_found() {
        for body in [
            "let tx = ctx.db.begin().await?; tx.commit().await",
            "let tx = ctx.begin().await?; tx.commit().await",
            "add(ctx.db.for_queue()).await",
            "TransactionTrait::begin(db).await",
            "db.transaction(|tx| change(tx)).await",
        ] {
            assert_eq!(broken(body), [Rule::NoOtherTransaction], "{body}");
        }
        assert_eq!(broken("begin_response(&id).await"), []);
    }
}
