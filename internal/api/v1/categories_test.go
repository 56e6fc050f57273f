package v1_test

import (
	"fmt"
	"net/http"
	"testing"
)

func TestCategories(t *testing.T) {
	s := newSite(t)
	if got := string(s.get(t, "/api/v1/categories").want(http.StatusOK).body); got != "[]" {
		t.Errorf("no categories: %s", got)
	}
	created := s.call(t, http.MethodPost, "/api/v1/categories", `{"name":"Lectures & more"}`).want(http.StatusCreated)
	row := created.object()
	if row["id"] != 1.0 || row["slug"] != "lectures-more" || created.Header.Get("ETag") != `"1"` {
		t.Errorf("created: %s, ETag %s", created.body, created.Header.Get("ETag"))
	}
	got := s.get(t, "/api/v1/categories/1/").want(http.StatusOK)
	if string(got.body) != string(created.body) {
		t.Errorf("read: %s, want %s", got.body, created.body)
	}
	s.get(t, "/api/v1/categories/1", "If-None-Match", `W/"0", "1"`).want(http.StatusNotModified)
	s.get(t, "/api/v1/categories/1", "If-None-Match", `"2"`).want(http.StatusOK)
	s.get(t, "/api/v1/categories/2").wantProblem(http.StatusNotFound, "not_found")
	s.get(t, "/api/v1/categories/abc").wantProblem(http.StatusNotFound, "not_found")
	s.get(t, "/api/v1/categories/1%2F2").wantProblem(http.StatusNotFound, "not_found")
	s.call(t, http.MethodPost, "/api/v1/categories", `{"name":"Other","slug":"lectures-more"}`).
		wantProblem(http.StatusConflict, "conflict", "/slug")
}

func TestCategories_leadFromPageToPage(t *testing.T) {
	s := newSite(t)
	for i := range 5 {
		s.call(t, http.MethodPost, "/api/v1/categories", fmt.Sprintf(`{"name":"C%d"}`, i)).want(http.StatusCreated)
	}
	next, seen := "/api/v1/categories?limit=2", 0
	for pages := 0; ; pages++ {
		res := s.get(t, next).want(http.StatusOK)
		rows := res.list()
		if len(rows) == 0 {
			if pages != 3 || seen != 5 || res.Header.Get("Link") != "" || res.Header.Get("X-Next-Cursor") != "" {
				t.Errorf("%d pages with %d rows, then %v", pages, seen, res.Header)
			}
			return
		}
		seen += len(rows)
		cursor := fmt.Sprint(rows[len(rows)-1]["id"])
		if res.Header.Get("X-Next-Cursor") != cursor {
			t.Errorf("cursor %s, want %s", res.Header.Get("X-Next-Cursor"), cursor)
		}
		next = "/api/v1/categories?after=" + cursor + "&limit=2"
		if want := "<" + origin + next + `>; rel="next"`; res.Header.Get("Link") != want {
			t.Errorf("Link %s, want %s", res.Header.Get("Link"), want)
		}
	}
}
