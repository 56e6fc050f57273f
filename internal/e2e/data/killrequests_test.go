package data_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// TestKills_carryOutRequestsOnce kills the serving process at random moments while programs create
// rows. A program that gets no answer sends the request again, with its Idempotency-Key, to the
// next process. In the end each row exists once, and each program has got the answer of its row. It
// kills 100 times in .ci/long.
func TestKills_carryOutRequestsOnce(t *testing.T) {
	kills := testlong.Size(3, 100)
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	env, binary := harness.NewEnvironment(t), harness.BuildBinary(t)
	const programs = 4
	next, open := make([]int, programs), make([]int, programs) // the number of each one's request; its attempts
	answers := map[string]float64{}                            // name of a row → the id in its answer
	repeated := 0
	for range kills {
		serving, serve := harness.StartBinary(t, binary, env)
		after := time.Duration(50+rand.IntN(250)) * time.Millisecond
		time.AfterFunc(after, func() { _ = serve.Process.Kill() })
		var mu sync.Mutex
		var all sync.WaitGroup
		for p := range programs {
			all.Go(func() {
				for {
					name := fmt.Sprintf("p%d-%d", p, next[p])
					open[p]++
					id, replayed, err := createCategory(t.Context(), serving.URL, name)
					if err != nil {
						return // killed
					}
					mu.Lock()
					if answers[name] = id; replayed {
						repeated++
						if open[p] < 2 {
							t.Errorf("%s was replayed and never sent before", name)
						}
					}
					mu.Unlock()
					next[p], open[p] = next[p]+1, 0
				}
			})
		}
		all.Wait()
		<-serving.Done
	}
	serving, _ := harness.StartBinary(t, binary, env)
	wantCategories(t, serving.URL, answers, next)
	t.Logf("%d rows, %d answers were replayed after %d kills", len(answers), repeated, kills)
}

// createCategory asks for a category with the name, whose Idempotency-Key is the name, and returns
// the id in the answer. An error means that there was no whole answer.
func createCategory(ctx context.Context, url, name string) (id float64, replayed bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/categories",
		strings.NewReader(`{"name":"`+name+`"}`))
	if err != nil {
		return 0, false, err
	}
	req.Header.Set("X-N8N-Token", harness.APIToken)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", name)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, false, err
	}
	defer res.Body.Close()
	var row struct{ ID float64 }
	if err := json.NewDecoder(res.Body).Decode(&row); err != nil {
		return 0, false, err
	}
	if res.StatusCode != http.StatusCreated {
		return 0, false, fmt.Errorf("answered %d", res.StatusCode)
	}
	return row.ID, res.Header.Get("Idempotent-Replayed") == "true", nil
}

// wantCategories compares the stored categories with the answers. The last request of a program,
// whose number is in next, may have been carried out without an answer.
func wantCategories(t *testing.T, url string, answers map[string]float64, next []int) {
	t.Helper()
	stored := map[string]float64{}
	for after := 0.0; ; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			fmt.Sprintf("%s/api/v1/categories?limit=1000&after=%.0f", url, after), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-N8N-Token", harness.APIToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			ID   float64
			Name string
		}
		err = json.NewDecoder(res.Body).Decode(&rows)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if _, twice := stored[row.Name]; twice {
				t.Errorf("%s exists twice", row.Name)
			}
			stored[row.Name], after = row.ID, row.ID
		}
	}
	if len(answers) == 0 {
		t.Error("nothing was created")
	}
	for name, id := range answers {
		if stored[name] != id {
			t.Errorf("%s: the answer said id %.0f, stored is %.0f", name, id, stored[name])
		}
	}
	for p, n := range next {
		delete(stored, fmt.Sprintf("p%d-%d", p, n))
	}
	if len(stored) != len(answers) {
		t.Errorf("%d rows, %d answers", len(stored), len(answers))
	}
}
