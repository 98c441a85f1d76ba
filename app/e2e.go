//go:build e2e && desktop && linux

package app

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
#include <webkit2/webkit2.h>

static WebKitWebView *shown;

static WebKitWebView *view_for_driver(WebKitAutomationSession *session, gpointer data) {
	return shown;
}

static void on_driver(WebKitWebContext *context, WebKitAutomationSession *session, gpointer data) {
	g_signal_connect(session, "create-web-view::window", G_CALLBACK(view_for_driver), NULL);
}

// The tests drive the page as WebDriver does, which WebKit allows only when the
// page's view was made for it, and Wails makes it by this function. A symbol of
// the program comes before the same one of a library.
GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
	WebKitWebContext *context = webkit_web_context_get_default();
	webkit_web_context_set_automation_allowed(context, TRUE);
	g_signal_connect(context, "automation-started", G_CALLBACK(on_driver), NULL);
	shown = g_object_new(WEBKIT_TYPE_WEB_VIEW, "user-content-manager", manager, "is-controlled-by-automation", TRUE, NULL);
	return GTK_WIDGET(shown);
}
*/
import "C"
