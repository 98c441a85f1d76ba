// Command empty opens a window with one word in it: what the toolkit alone needs. It
// says when the word is painted, in ms of Unix time.
package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
)

const page = `<!doctype html><html><head><title>Empty</title></head><body>empty<script>
new PerformanceObserver(list => {
	const paint = list.getEntriesByName("first-contentful-paint")[0];
	if (paint) fetch("/painted?" + (performance.timeOrigin + paint.startTime));
}).observe({ type: "paint", buffered: true });
</script></body></html>`

func main() {
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/painted" {
			fmt.Println("painted", r.URL.RawQuery)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	})
	if err := wails.Run(&options.App{Title: "Empty", Width: 1280, Height: 800, AssetServer: &assetserver.Options{Handler: serve}}); err != nil {
		log.Fatal(err)
	}
}
