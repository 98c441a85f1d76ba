//go:build (desktop || dev) && linux && !bindings

package app

/*
#cgo pkg-config: gtk+-3.0
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1
#include <stdlib.h>
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

// Wails does none of this, and hands out neither the window nor the page's view.
// All of it runs in the loop, which GTK wants.

static GtkWidget *view_in(GtkWidget *widget) {
	if (WEBKIT_IS_WEB_VIEW(widget)) return widget;
	if (!GTK_IS_CONTAINER(widget)) return NULL;
	GtkWidget *found = NULL;
	GList *children = gtk_container_get_children(GTK_CONTAINER(widget));
	for (GList *c = children; c && !found; c = c->next) found = view_in(GTK_WIDGET(c->data));
	g_list_free(children);
	return found;
}

// The window that has a page's view, and that view.
static GtkWindow *window_with(GtkWidget **view) {
	GtkWindow *found = NULL;
	GList *all = gtk_window_list_toplevels();
	for (GList *w = all; w && !found; w = w->next) {
		*view = view_in(GTK_WIDGET(w->data));
		if (*view) found = GTK_WINDOW(w->data);
	}
	g_list_free(all);
	return found;
}

static gboolean dress_now(gpointer css) {
	static GtkCssProvider *provider;
	if (!provider) {
		provider = gtk_css_provider_new();
		gtk_style_context_add_provider_for_screen(gdk_screen_get_default(), GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_USER);
	}
	gtk_css_provider_load_from_data(provider, css, -1, NULL);
	free(css);
	return G_SOURCE_REMOVE;
}
static void dress_soon(char *css) { g_idle_add(dress_now, css); }

static gboolean zoom_now(gpointer level) {
	GtkWidget *view = NULL;
	if (window_with(&view)) webkit_web_view_set_zoom_level(WEBKIT_WEB_VIEW(view), *(double *)level);
	free(level);
	return G_SOURCE_REMOVE;
}
static void zoom_soon(double level) {
	double *kept = malloc(sizeof *kept);
	*kept = level;
	g_idle_add(zoom_now, kept);
}

typedef struct { int x, y, width; } place_t;

// Moves the window there if enough of its title can be taken hold of on a monitor.
static gboolean move_now(gpointer data) {
	place_t *p = data;
	GtkWidget *view = NULL;
	GtkWindow *window = window_with(&view);
	if (window) {
		GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(window));
		for (int i = 0; i < gdk_display_get_n_monitors(display); i++) {
			GdkRectangle area;
			gdk_monitor_get_workarea(gdk_display_get_monitor(display, i), &area);
			int left = MAX(p->x, area.x), right = MIN(p->x + p->width, area.x + area.width);
			if (right - left >= 80 && p->y >= area.y && p->y <= area.y + area.height - 40) {
				gtk_window_move(window, p->x, p->y);
				break;
			}
		}
	}
	free(p);
	return G_SOURCE_REMOVE;
}
static void move_soon(int x, int y, int width) {
	place_t *p = malloc(sizeof *p);
	*p = (place_t){x, y, width};
	g_idle_add(move_now, p);
}
*/
import "C"

import "fmt"

// dress gives the menus these colours.
func dress(p palette) { C.dress_soon(C.CString(p.css())) }

// canZoom is whether zoomTo does anything.
const canZoom = true

// zoomTo shows the page in this size.
func zoomTo(level float64) { C.zoom_soon(C.double(level)) }

// moveTo has the window at this place, if that is on a screen, and reports whether it
// looks after that.
func moveTo(x, y, width int) bool {
	C.move_soon(C.int(x), C.int(y), C.int(width))
	return true
}

// canRelabel is whether the words of a menu that is there can be changed.
const canRelabel = false

// webViewVersion names what draws the page.
func webViewVersion() string {
	return fmt.Sprintf("WebKitGTK %d.%d.%d", C.webkit_get_major_version(), C.webkit_get_minor_version(), C.webkit_get_micro_version())
}
