; The installer for Windows, for one user: it needs no administrator. Defined by
; build/package/windows.sh: FILES (folder), ICON, OUT, VERSION, NUMBERS (four).
Unicode true
SetCompressor /SOLID lzma
SetDateSave off ; the same bytes each time
RequestExecutionLevel user
ManifestDPIAware true

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

Name "Emitscope"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Emitscope"
InstallDirRegKey HKCU "Software\Emitscope" "Folder"
BrandingText "Emitscope ${VERSION}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "Emitscope"
VIAddVersionKey CompanyName "The Emitscope authors"
VIAddVersionKey FileDescription "Installs Emitscope"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "Copyright (c) 2026 The Emitscope authors. MIT License."

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Emitscope"
!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\emitscope.exe"
!insertmacro MUI_PAGE_LICENSE "${FILES}\licences.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString Running ${LANG_ENGLISH} "Emitscope is running. Close it, then try again."
LangString Running ${LANG_SIMPCHINESE} "Emitscope 正在运行。请先关闭它，然后重试。"
LangString Recording ${LANG_ENGLISH} "Emitscope recording"
LangString Recording ${LANG_SIMPCHINESE} "Emitscope 录制"
LangString Program ${LANG_ENGLISH} "The program"
LangString Program ${LANG_SIMPCHINESE} "程序"
LangString Data ${LANG_ENGLISH} "Recordings and settings, too"
LangString Data ${LANG_SIMPCHINESE} "同时删除录制和设置"

; A program that runs cannot be written to.
!macro WaitUntilClosed
	again:
	${If} ${FileExists} "$INSTDIR\emitscope.exe"
		ClearErrors
		FileOpen $0 "$INSTDIR\emitscope.exe" a
		${If} ${Errors}
			MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
			SetErrorLevel 3
			Quit
		${EndIf}
		FileClose $0
	${EndIf}
!macroend

Section "$(Program)"
	!insertmacro WaitUntilClosed
	SetOutPath "$INSTDIR"
	File "${FILES}\emitscope.exe"
	File "${FILES}\emitscope-server.exe"
	File "${FILES}\licences.txt"
	File "${FILES}\CHANGELOG.md"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	CreateShortcut "$SMPROGRAMS\Emitscope.lnk" "$INSTDIR\emitscope.exe"

	WriteRegStr HKCU "Software\Classes\.emitscope" "" "Emitscope.Recording"
	WriteRegStr HKCU "Software\Classes\.emitscope" "Content Type" "application/vnd.emitscope.recording"
	WriteRegStr HKCU "Software\Classes\Emitscope.Recording" "" "$(Recording)"
	WriteRegStr HKCU "Software\Classes\Emitscope.Recording\DefaultIcon" "" "$INSTDIR\emitscope.exe,0"
	WriteRegStr HKCU "Software\Classes\Emitscope.Recording\shell\open\command" "" '"$INSTDIR\emitscope.exe" "%1"'
	${RefreshShellIcons}

	WriteRegStr HKCU "Software\Emitscope" "Folder" "$INSTDIR"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Emitscope"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\emitscope.exe,0"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
	WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Emitscope authors"
	WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
	WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
	${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
	IntFmt $0 "0x%08X" $0
	WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
	WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
	WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "un.$(Program)"
	SectionIn RO
	!insertmacro WaitUntilClosed
	Delete "$INSTDIR\emitscope.exe"
	Delete "$INSTDIR\emitscope-server.exe"
	Delete "$INSTDIR\licences.txt"
	Delete "$INSTDIR\CHANGELOG.md"
	Delete "$INSTDIR\uninstall.exe"
	RMDir "$INSTDIR"
	Delete "$SMPROGRAMS\Emitscope.lnk"
	; Somebody may have given the ending to another program since.
	ReadRegStr $0 HKCU "Software\Classes\.emitscope" ""
	${If} $0 == "Emitscope.Recording"
		DeleteRegKey HKCU "Software\Classes\.emitscope"
	${EndIf}
	DeleteRegKey HKCU "Software\Classes\Emitscope.Recording"
	${RefreshShellIcons}
	DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "Emitscope" ; start at login
	DeleteRegKey HKCU "Software\Emitscope"
	DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd

; Not ticked, and not done by /S: data stays unless somebody asks.
Section /o "un.$(Data)"
	RMDir /r "$LOCALAPPDATA\Emitscope"
	RMDir /r "$APPDATA\emitscope"
	RMDir /r "$APPDATA\emitscope.exe" ; what the window's browser keeps
SectionEnd
