package rest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
)

// static holds the pages of this package, and the Socket.IO client.
//
//go:embed static/*.html static/*.js static/docs
var static embed.FS

// Content security policies. The page that shows what strangers send must not
// be able to run it.
const (
	nothingAllowed = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// ownPages talk to the hub that they came from and to nobody else. For browsers,
	// 'self' includes WebSockets to the same host and port.
	ownPages = "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// The interface sets sizes and colours from numbers, hence styles in attributes,
	// which can load nothing from elsewhere.
	interfacePages = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; " + ownPages
)

// How long a file may be used without asking again.
const (
	askAlways = "no-cache"
	forEver   = "public, max-age=31536000, immutable"
)

// contentTypes are our own because a system's registry can be wrong, and with
// nosniff a script of the wrong type does not run.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// sendFile answers with content, or with 304 when the client has it already.
func sendFile(w http.ResponseWriter, r *http.Request, name, policy, caching string, content []byte) {
	sum := sha256.Sum256(content)
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", caching)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// getUI answers with a file of the interface.
func (d *Door) getUI(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("path")
	if name == "" {
		name = "index.html"
	}
	if d.o.UI != nil && fs.ValidPath(name) {
		if content, err := fs.ReadFile(d.o.UI, name); err == nil {
			caching := askAlways
			if strings.HasPrefix(name, "assets/") { // their names change with their content
				caching = forEver
			}
			sendFile(w, r, name, interfacePages, caching, content)
			return nil
		}
	}
	if name == "index.html" {
		d.unbuilt.send(w, r)
		return nil
	}
	return d.nothing(w, r)
}

// nothing tells a person by a page, and a program by an error, that there is
// nothing at the address.
func (d *Door) nothing(w http.ResponseWriter, r *http.Request) error {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return unknownPath(r.URL.Path)
	}
	h := w.Header()
	h.Set("Content-Type", contentType(".html"))
	h.Set("Content-Security-Policy", d.nowhere.policy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(d.nowhere.content) // a reader that is gone cannot be told
	return nil
}

// getDocs answers with the page that shows the document.
func (d *Door) getDocs(w http.ResponseWriter, r *http.Request) error {
	d.docs.send(w, r)
	return nil
}

// getDocsFile answers with a script or the style of that page.
func (d *Door) getDocsFile(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	content, err := static.ReadFile("static/docs/" + name)
	if err != nil || path.Ext(name) == ".html" {
		return unknownPath(r.URL.Path)
	}
	if path.Ext(name) == ".css" {
		content = append(fontFaces(d.o.UI), content...)
	}
	sendFile(w, r, name, nothingAllowed, askAlways, content)
	return nil
}

// fontFaces names the fonts of the built interface, so that pages of ours share
// them; where it is not built there are none, and a page has others to fall back
// on. The parts for Latin letters have the arrows and signs too.
func fontFaces(ui fs.FS) []byte {
	var css bytes.Buffer
	if ui == nil {
		return nil
	}
	for _, font := range []struct{ family, file string }{
		{"Inter Variable", "inter-latin-wght-normal-*.woff2"},
		{"JetBrains Mono Variable", "jetbrains-mono-latin-wght-normal-*.woff2"},
	} {
		found, err := fs.Glob(ui, "assets/"+font.file)
		if err != nil || len(found) == 0 {
			continue
		}
		fmt.Fprintf(&css, "@font-face { font-family: '%s'; src: url('/%s') format('woff2'); font-weight: 100 900; font-display: swap; }\n", font.family, found[0])
	}
	return css.Bytes()
}

// getDocument answers with the document itself.
func (d *Door) getDocument(w http.ResponseWriter, r *http.Request) error {
	sendFile(w, r, "openapi.json", nothingAllowed, askAlways, d.doc)
	return nil
}

// ClientScripts are the paths of the official Socket.IO client, which the Door
// serves. They lie below /socket.io/, where otherwise the Socket.IO door is.
func ClientScripts() []string {
	return []string{"/socket.io/socket.io.js", "/socket.io/socket.io.min.js", "/socket.io/socket.io.esm.min.js"}
}

func getClientScript(w http.ResponseWriter, r *http.Request) error {
	name := path.Base(r.URL.Path)
	content, err := static.ReadFile("static/" + name)
	if err != nil {
		return err
	}
	sendFile(w, r, name, nothingAllowed, askAlways, content)
	return nil
}

// page is a page with scripts and styles of its own, which its policy allows by
// their hashes.
type page struct {
	content []byte
	policy  string
}

var inlined = regexp.MustCompile(`(?s)<(script|style)>(.*?)</(?:script|style)>`)

func newPage(content []byte) page {
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")) // browsers do so before they hash
	allowed := map[string]string{}
	for _, m := range inlined.FindAllSubmatch(content, -1) {
		sum := sha256.Sum256(m[2])
		allowed[string(m[1])] += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return page{content, "default-src 'none'; script-src 'self'" + allowed["script"] + "; style-src 'self'" + allowed["style"] +
		"; img-src 'self'; " + ownPages}
}

func (p page) send(w http.ResponseWriter, r *http.Request) {
	sendFile(w, r, "page.html", p.policy, askAlways, p.content)
}

// getDemo answers with the page at /demo.
func (d *Door) getDemo(w http.ResponseWriter, r *http.Request) error {
	if len(d.demo.content) == 0 {
		return d.nothing(w, r)
	}
	d.demo.send(w, r)
	return nil
}
