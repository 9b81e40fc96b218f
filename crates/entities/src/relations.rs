//! How a table relates to others, in one line each. sea-orm's own short form for this derives a
//! loader and a second model for every table, which nobody here uses and which made building the
//! tables five times as long.

/// `Name: belongs_to table by Column` follows a key of this table to the other's `Id`;
/// `Name: has_one table` goes the way back.
macro_rules! relations {
    ($($name:ident: $kind:ident $table:ident $(by $column:ident)?),* $(,)?) => {
        #[derive(Copy, Clone, Debug, EnumIter)]
        pub enum Relation {
            $($name),*
        }

        impl RelationTrait for Relation {
            fn def(&self) -> RelationDef {
                match *self {
                    $(Self::$name => relations!(@ $kind $table $($column)?)),*
                }
            }
        }

        $(
            impl Related<super::$table::Entity> for Entity {
                fn to() -> RelationDef {
                    Relation::$name.def()
                }
            }
        )*
    };
    (@ belongs_to $table:ident $column:ident) => {
        Entity::belongs_to(super::$table::Entity)
            .from(Column::$column)
            .to(super::$table::Column::Id)
            .into()
    };
    (@ has_one $table:ident) => {
        Entity::has_one(super::$table::Entity).into()
    };
}
