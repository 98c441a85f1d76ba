// Package backend_test holds the tree to the tables in ARCHITECTURE.md. It
// reads the tables themselves, so the document cannot be wrong for long.
package backend_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is our module's path, as go.mod has it.
const module = "emitscope"

// inTests is the row of the table that holds for every test file.
const inTests = "*_test.go"

// layout is what ARCHITECTURE.md promises.
type layout struct {
	mayImport map[string][]string // folder: the folders it may import, "x/..." for all below x
	walls     map[string][]string // prefix of a library's import path: the folders it may appear in
}

// goFile is one Go file of ours.
type goFile struct {
	name    string // from the root, with slashes
	imports []string
}

func (f goFile) folder() string { return path.Dir(f.name) }

func TestEveryPackageIsInTheTable(t *testing.T) {
	l := readLayout(t)
	for _, f := range readFiles(t) {
		if _, known := l.mayImport[f.folder()]; !known {
			t.Errorf("%s: ARCHITECTURE.md has no row for the package %s", f.name, f.folder())
		}
	}
}

func TestEveryImportOfOursIsAnArrowOfTheTable(t *testing.T) {
	l := readLayout(t)
	for _, f := range readFiles(t) {
		for _, imported := range f.imports {
			if !l.allowsArrow(f, imported) {
				t.Errorf("%s imports %s: ARCHITECTURE.md has no such arrow from %s", f.name, imported, f.folder())
			}
		}
	}
}

func TestLibrariesStayBehindTheirWalls(t *testing.T) {
	l := readLayout(t)
	for _, f := range readFiles(t) {
		for _, imported := range f.imports {
			if !l.allowsLibrary(f, imported) {
				t.Errorf("%s imports %s: ARCHITECTURE.md keeps that library out of %s", f.name, imported, f.folder())
			}
		}
	}
}

func TestEveryFolderOfTheTableExists(t *testing.T) {
	for folder := range readLayout(t).mayImport {
		if folder == inTests {
			continue
		}
		if info, err := os.Stat(filepath.Join("..", folder)); err != nil || !info.IsDir() {
			t.Errorf("ARCHITECTURE.md lists the folder %s, and there is none", folder)
		}
	}
}

func TestEveryWalledLibraryIsUsed(t *testing.T) {
	files := readFiles(t)
	for library := range readLayout(t).walls {
		used := slices.ContainsFunc(files, func(f goFile) bool {
			return slices.ContainsFunc(f.imports, func(imported string) bool { return strings.HasPrefix(imported, library) })
		})
		if !used {
			t.Errorf("ARCHITECTURE.md has a wall for %s, and nothing imports it", library)
		}
	}
}

// The tests above pass on a sound tree; this one shows that they would fail on
// an unsound one.
func TestAForbiddenImportIsFound(t *testing.T) {
	l, err := parseLayout("| folder | what | may import (of ours) |\n|---|---|---|\n" +
		"| `.` | main | `app` |\n| `app` | start | `server`, `frontend` |\n| `frontend` | interface | nothing |\n" +
		"| `backend/msg` | nouns | nothing |\n| `backend/door/ws`, `backend/door/sio` | edges | `msg` |\n" +
		"| `backend/server` | all | `backend/...` |\n| `backend/client` | talks | `msg` |\n| `*_test.go` | tests | `client` |\n\n" +
		"| library | for | imported only in |\n|---|---|---|\n| `example.com/socket/` | sockets | `door/...` |\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, imported string
		want           bool
	}{
		{"main.go", "emitscope/app", true},
		{"main.go", "emitscope/backend/msg", false},
		{"app/run.go", "emitscope", false},
		{"app/run.go", "emitscope/backend/server", true},
		{"app/run.go", "emitscope/backend/door/ws", false},
		{"backend/door/sio/sio.go", "emitscope/backend/msg", true},
		{"backend/door/sio/sio.go", "emitscope/backend/door/ws", false},
		{"backend/door/sio/sio.go", "emitscope/backend/client", false},
		{"backend/door/sio/sio_test.go", "emitscope/backend/client", true},
		{"backend/door/sio/sio_test.go", "emitscope/backend/door/sio", true},
		{"backend/door/sio/sio_test.go", "emitscope/backend/server", false},
		{"backend/server/server.go", "emitscope/backend/door/ws", true},
		{"backend/server/server.go", "emitscope/frontend", false},
		{"backend/door/ws/ws.go", "example.com/socket/v3", true},
		{"backend/server/server_test.go", "example.com/socket/v3", false},
	} {
		f := goFile{name: c.file}
		if got := l.allowsArrow(f, c.imported) && l.allowsLibrary(f, c.imported); got != c.want {
			t.Errorf("%s importing %s: got allowed %v, want %v", c.file, c.imported, got, c.want)
		}
	}
}

// allowsArrow reports whether f may import a package of ours. It has nothing
// against packages of others.
func (l layout) allowsArrow(f goFile, imported string) bool {
	to, below := strings.CutPrefix(imported, module+"/")
	if !below {
		return imported != module
	}
	if strings.HasSuffix(f.name, "_test.go") && (to == f.folder() || covers(l.mayImport[inTests], to)) {
		return true
	}
	return covers(l.mayImport[f.folder()], to)
}

// allowsLibrary reports whether no wall stands between f and what it imports.
func (l layout) allowsLibrary(f goFile, imported string) bool {
	for library, folders := range l.walls {
		if strings.HasPrefix(imported, library) && !covers(folders, f.folder()) {
			return false
		}
	}
	return true
}

// covers reports whether folder is one of list, or below an entry "x/...".
func covers(list []string, folder string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		above, all := strings.CutSuffix(entry, "/...")
		return folder == above || all && strings.HasPrefix(folder, above+"/")
	})
}

func readLayout(t *testing.T) layout {
	t.Helper()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	l, err := parseLayout(string(text))
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	return l
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// parseLayout reads the two tables, known by the heading of their last column.
func parseLayout(text string) (layout, error) {
	l := layout{mayImport: map[string][]string{}, walls: map[string][]string{}}
	var into map[string][]string // the table we are in
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 {
			into = nil
			continue
		}
		switch strings.TrimSpace(cells[2]) {
		case "may import (of ours)":
			into = l.mayImport
			continue
		case "imported only in":
			into = l.walls
			continue
		}
		if into == nil {
			continue
		}
		for _, key := range codeSpans(cells[0]) {
			into[key] = codeSpans(cells[2])
		}
	}
	if len(l.mayImport) == 0 || len(l.walls) == 0 {
		return layout{}, fmt.Errorf("a table is missing: found %d folders and %d walls", len(l.mayImport), len(l.walls))
	}
	for _, table := range []map[string][]string{l.mayImport, l.walls} {
		for key, names := range table {
			for n, name := range names {
				folder, err := l.resolve(name)
				if err != nil {
					return layout{}, fmt.Errorf("row %s: %w", key, err)
				}
				names[n] = folder
			}
		}
	}
	return l, nil
}

// codeSpans returns what stands between backquotes in a cell.
func codeSpans(cell string) []string {
	var spans []string
	for _, match := range codeSpan.FindAllStringSubmatch(cell, -1) {
		spans = append(spans, match[1])
	}
	return spans
}

// resolve turns a name of the last column, such as "msg" or "door/...", into a
// folder: as it stands, or below backend.
func (l layout) resolve(name string) (string, error) {
	for _, folder := range []string{name, path.Join("backend", name)} {
		for known := range l.mayImport {
			if covers([]string{folder}, known) {
				return folder, nil
			}
		}
	}
	return "", fmt.Errorf("%s is not a folder of the table", name)
}

// readFiles parses the imports of every Go file of this module.
func readFiles(t *testing.T) []goFile {
	t.Helper()
	root := os.DirFS("..")
	var files []goFile
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(root, name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		f, err := readFile(root, name)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("found no Go files at all")
	}
	return files
}

// skip returns fs.SkipDir for a folder whose files are not in our module: those
// the go command passes over, npm's, and modules of their own.
func skip(root fs.FS, folder string) error {
	if folder == "." {
		return nil
	}
	base := path.Base(folder)
	if base == "node_modules" || base == "testdata" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(folder, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func readFile(root fs.FS, name string) (goFile, error) {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return goFile{}, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return goFile{}, err
	}
	f := goFile{name: name}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return goFile{}, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		f.imports = append(f.imports, imported)
	}
	return f, nil
}
