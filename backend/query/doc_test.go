package query

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentedQueriesAreQueries reads each example of the tables in
// docs/queries.md and of README, and asks that every field is among them.
func TestTheDocumentedQueriesAreQueries(t *testing.T) {
	text, err := os.ReadFile("../../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Queries")
	section, _, _ = strings.Cut(section, "\n## ")
	rows = append(rows, regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1)...)
	if len(rows) < 34 {
		t.Fatalf("found %d examples, want those of four tables", len(rows))
	}
	all := ""
	for _, row := range rows {
		f, err := Parse(row[1])
		if err != nil {
			t.Errorf("%s: %v", row[1], err)
		}
		if f.All() {
			t.Errorf("%s selects everything", row[1])
		}
		all += " " + row[1]
	}
	for _, name := range fieldNames() {
		if !regexp.MustCompile(`[ (-]` + name + `[.:=<>]`).MatchString(all) {
			t.Errorf("the field %s has no example", name)
		}
	}
	for _, limit := range []string{"4096 bytes", "64 terms", "256 values", "16 levels"} {
		if !strings.Contains(string(text), limit) {
			t.Errorf("the limit of %s is not told", limit)
		}
	}
}
