package interop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rowsBelow are the rows of the table that follows a line of a document, cell by
// cell, without its heading.
func rowsBelow(t *testing.T, file, line string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n"+line+"\n")
	if !found {
		t.Fatalf("%s has no line %q", file, line)
	}
	var rows [][]string
	for row := range strings.Lines(after) {
		row = strings.TrimSpace(row)
		switch {
		case strings.HasPrefix(row, "|"):
			cells := strings.Split(strings.Trim(row, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		case strings.HasPrefix(row, "#"):
			return rows[min(2, len(rows)):]
		}
	}
	return rows[min(2, len(rows)):]
}

// goTests are the names of all tests of this module.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range []string{"../backend", "../app", "."} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				if f, is := d.(*ast.FuncDecl); is && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
					names[f.Name.Name] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

var quoted = regexp.MustCompile("`([^`]+)`")

// A promise without a test that holds it is none, and tests get new names.
func TestEveryThreatIsHeldOffByATestThatExists(t *testing.T) {
	known := goTests(t)
	rows := rowsBelow(t, "../SECURITY.md", "## Threats")
	if len(rows) < 20 {
		t.Fatalf("read %d threats, want those of the table", len(rows))
	}
	for _, row := range rows {
		if len(row) != 3 {
			t.Errorf("got %d cells, want threat, what holds it off, held by: %q", len(row), row)
			continue
		}
		tests := quoted.FindAllStringSubmatch(row[2], -1)
		if len(tests) == 0 {
			t.Errorf("no test is named for %q", row[0])
		}
		for _, test := range tests {
			if file, title, inBrowser := strings.Cut(test[1], " › "); inBrowser {
				text, err := os.ReadFile("../frontend/" + file)
				if err != nil || !strings.Contains(string(text), "'"+title+"'") {
					t.Errorf("%q is to be held off by %q of %s, and there is no such test", row[0], title, file)
				}
			} else if !known[test[1]] {
				t.Errorf("%q is to be held off by %s, and there is no such test", row[0], test[1])
			}
		}
	}
}

func TestTheDocumentedLimitsAreThoseOfTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var want []string
	about, inside := "", false
	for line := range strings.Lines(command(t, ".", program, "config", "show", "--config", file)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = line == "[limits]"
		} else if text, is := strings.CutPrefix(line, "# "); is {
			about = text
		} else if name, value, is := strings.Cut(line, " = "); is && inside {
			want = append(want, "`"+name+"` "+strings.Trim(value, "'")+" "+about)
		}
	}
	var got []string
	for _, row := range rowsBelow(t, "../docs/sharing.md", "## Limits") {
		got = append(got, strings.Join(row, " "))
	}
	if len(want) == 0 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/sharing.md says\n%s\nthe program says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
