package postgres_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/store"
	"namets/internal/store/postgres"
	"namets/internal/store/sqlite"
)

// meanings are queries that pass the text $1 to a fragment. The rows have the texts as names.
func meanings(d store.Dialect) map[string]string {
	const text, names = "cast($1 as text)", "select name from event_categories where "
	const object = `'{"a": "b", "n": null}'`
	return map[string]string{
		"like":     names + d.Like("name", text) + " order by name",
		"contains": names + d.Contains("name", text) + " order by name",
		"order":    names + "name >= " + text + " order by name desc",
		"each": "select key + 1, value from " + d.Each(`'["b", "a", "A"]'`) + " e where value <> " + text +
			" order by key",
		"member": "select coalesce(" + d.Member(object, "a") + ", 'none'), coalesce(" + d.Member(object, "n") +
			", 'none'), coalesce(" + d.Member(object, "b") + ", 'none'), " + text,
	}
}

// TestDialect_givesTheSameResults runs the fragments of the dialects on both engines, because a
// server does not refuse a fragment that it interprets differently.
func TestDialect_givesTheSameResults(t *testing.T) {
	lite, post := openSQLite(t), openPostgres(t)
	texts := strings.Split(`a A ab aB ä Ä é % _ a%b a_b a\\b Zoë zoë ß K `+"\u212a"+` 🙂 I İ ı`, " ")
	for _, text := range append(texts, "", "a b", `\`) {
		for _, db := range []*sql.DB{lite, post} {
			_, err := db.ExecContext(t.Context(), `
				insert into event_categories (name, slug, description) values ($1, 's' || $1, '')`, text)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	patterns := strings.Split(`%a% a% %A %Ä% %\%% \_ a\_b a\\\\b __ %zoë%`, " ")
	for name, query := range meanings(sqlite.Dialect{}) {
		for _, text := range append(patterns, texts...) {
			want, got := rows(t, lite, query, text), rows(t, post, meanings(postgres.Dialect{})[name], text)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %q (-SQLite +PostgreSQL):\n%s", name, text, diff)
			}
		}
	}
}

// TestDialect_givesTheSameNumbers compares the fragments for numbers.
func TestDialect_givesTheSameNumbers(t *testing.T) {
	lite, post := openSQLite(t), openPostgres(t)
	numbers := func(d store.Dialect) string {
		return `select ` + d.Greatest("1", "3", "2") + `, ` + d.Least("3", "1", "2") + `,
			(select cast(` + d.Array("n") + ` as text) from (
				select cast(value as bigint) as n from ` + d.Each(`'[3, 1, 9007199254740993]'`) + ` e) list),
			(select cast(` + d.Array("id") + ` as text) from events)`
	}
	for name, got := range map[string][][]string{"SQLite": rows(t, lite, numbers(sqlite.Dialect{})),
		"PostgreSQL": rows(t, post, numbers(postgres.Dialect{}))} {
		got[0][2] = strings.ReplaceAll(got[0][2], " ", "")
		if diff := cmp.Diff([][]string{{"3", "1", "[3,1,9007199254740993]", "[]"}}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCountOn_continuesAfterAnImport stores rows under their own ids, as an import does.
func TestCountOn_continuesAfterAnImport(t *testing.T) {
	lite, post := openSQLite(t), openPostgres(t)
	for db, d := range map[*sql.DB]store.Dialect{lite: sqlite.Dialect{}, post: postgres.Dialect{}} {
		_, err := db.ExecContext(t.Context(), `
			insert into event_categories (id, name, slug, description) values (7, 'a', 'a', ''), (41, 'b', 'b', '')`)
		if err != nil {
			t.Fatal(err)
		}
		if count := d.CountOn("event_categories"); count != "" {
			if _, err := db.ExecContext(t.Context(), count); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []string{"42", "43"} {
			got := rows(t, db, `
				insert into event_categories (name, slug, description) values ('c', $1, '') returning id`, want)
			if got[0][0] != want {
				t.Errorf("%T: the next id is %s, want %s", d, got[0][0], want)
			}
		}
	}
}
