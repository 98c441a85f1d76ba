//go:build desktop || bindings || dev

package app

import (
	"cmp"
	"strings"

	"github.com/wailsapp/wails/v2/pkg/options/windows"
)

// words are those around the page: of the menu, the tray and what the system shows.
// The page's own are in frontend/src/messages.
type words struct {
	File, Open, Record, Keep, Export, Settings, Quit            string
	Edit, Undo, Redo, Cut, Copy, Paste, SelectAll               string
	View, Live, Timing, Clients, Tape, Compose, Find            string
	ZoomIn, ZoomOut, ZoomReset, FullScreen                      string
	Help, Keys, Browser, Updates, About                         string
	Show                                                        string // of the tray
	GoesOn, GoesOnHow                                           string // when the window is gone and the hub is not
	Newer, NewerHow                                             string // version %s
	NeedsView, OldView, ViewError, InstallView, NoView, NoAdmin string // of a web view that is missing
}

// wordsIn returns the words of a language; of one that there are none for, English.
func wordsIn(tag string) words {
	if tag == "zh" {
		return words{
			File: "文件", Open: "打开录制…", Record: "开始或停止录制（R）", Keep: "保存刚才发生的内容（Ctrl+Shift+S）", Export: "导出…", Settings: "设置…", Quit: "退出",
			Edit: "编辑", Undo: "撤销（Ctrl+Z）", Redo: "重做（Ctrl+Shift+Z）", Cut: "剪切（Ctrl+X）", Copy: "复制（Ctrl+C）", Paste: "粘贴（Ctrl+V）", SelectAll: "全选（Ctrl+A）",
			View: "视图", Live: "实时（1）", Timing: "时序（2）", Clients: "客户端（3）", Tape: "录制（4）", Compose: "编写（5）", Find: "查找任何内容（Ctrl+K）",
			ZoomIn: "放大", ZoomOut: "缩小", ZoomReset: "实际大小", FullScreen: "全屏",
			Help: "帮助", Keys: "快捷键", Browser: "在浏览器中打开", Updates: "检查更新…", About: "关于 Emitscope",
			Show:   "显示窗口",
			GoesOn: "Emitscope 在后台继续运行", GoesOnHow: "再次启动 Emitscope 即可显示窗口。",
			Newer: "Emitscope %s 已发布", NewerHow: "在“帮助”中选择“检查更新”可查看详情。",
			NeedsView: "Emitscope 的窗口需要 WebView2。", OldView: "Emitscope 的窗口需要更新版本的 WebView2。", ViewError: "Emitscope",
			InstallView: "按“确定”从 Microsoft 下载并安装。", NoView: "WebView2 未安装。没有它也可以运行 emitscope-server，并在浏览器中打开 http://127.0.0.1:8092。", NoAdmin: "请联系管理员安装 WebView2。",
		}
	}
	return words{
		File: "File", Open: "Open recording…", Record: "Record or stop (R)", Keep: "Keep what just happened (Ctrl+Shift+S)", Export: "Export…", Settings: "Settings…", Quit: "Quit",
		Edit: "Edit", Undo: "Undo (Ctrl+Z)", Redo: "Redo (Ctrl+Shift+Z)", Cut: "Cut (Ctrl+X)", Copy: "Copy (Ctrl+C)", Paste: "Paste (Ctrl+V)", SelectAll: "Select all (Ctrl+A)",
		View: "View", Live: "Live (1)", Timing: "Timing (2)", Clients: "Clients (3)", Tape: "Tape (4)", Compose: "Compose (5)", Find: "Find anything (Ctrl+K)",
		ZoomIn: "Zoom in", ZoomOut: "Zoom out", ZoomReset: "Actual size", FullScreen: "Full screen",
		Help: "Help", Keys: "Keys", Browser: "Open in browser", Updates: "Check for updates…", About: "About Emitscope",
		Show:   "Show window",
		GoesOn: "Emitscope goes on in the background", GoesOnHow: "Start Emitscope again to see its window.",
		Newer: "Emitscope %s is there", NewerHow: "Help, Check for updates tells more.",
		NeedsView: "Emitscope's window needs WebView2.", OldView: "Emitscope's window needs a newer WebView2.", ViewError: "Emitscope",
		InstallView: "Press OK to get it from Microsoft and install it.", NoView: "WebView2 was not installed. Without it, run emitscope-server and open http://127.0.0.1:8092 in a browser.", NoAdmin: "Ask an administrator to install WebView2.",
	}
}

// languageOf returns which language the environment asks for, as gettext reads it.
// Windows and macOS have it elsewhere; there the page tells (Speak).
func languageOf(env func(string) string) string {
	asked := cmp.Or(env("LC_ALL"), env("LC_MESSAGES"), env("LANG"))
	if asked == "" || asked == "C" || strings.HasPrefix(asked, "C.") || asked == "POSIX" {
		return "en"
	}
	if strings.HasPrefix(cmp.Or(env("LANGUAGE"), asked), "zh") {
		return "zh"
	}
	return "en"
}

// missingView is what Windows says where it has nothing to draw the page with.
func (w words) missingView() *windows.Messages {
	m := windows.DefaultMessages()
	m.MissingRequirements, m.InstallationRequired, m.UpdateRequired = w.ViewError, w.NeedsView+" ", w.OldView+" "
	m.PressOKToInstall, m.Webview2NotInstalled, m.ContactAdmin = w.InstallView, w.NoView, w.NoView+" "+w.NoAdmin
	return m
}
