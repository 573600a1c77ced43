// SPDX-License-Identifier: GPL-3.0-or-later

import CSDL2
import Geometry
import Picture

/// Why there is no window, in words for a person.
struct NoWindow: Error {
    let reason: String
}

/// A window of SDL with one texture in it. Everything on the thread that opened it; one at a time in a process, as SDL has
/// one queue of events for all.
@safe final class SDLWindow {
    /// What a person did, as far as it matters here.
    enum Input {
        /// Text that came from the keyboard, `↑`, `↓` or a tab.
        case key(Character)
        case fullScreenKey
        case escape
        /// In pixels of the window's content, as ``contentSize`` counts them.
        case click(x: Int, y: Int)
        /// The second click of two.
        case doubleClick(x: Int, y: Int)
        /// The close button.
        case close
        /// What was shown is gone.
        case exposed
    }

    private let window: OpaquePointer
    private let renderer: OpaquePointer
    private var texture: OpaquePointer?
    private var textureSize = PictureSize(0, 0)

    /// - Throws: where there is no display, or none that takes windows.
    init(title: String) throws(NoWindow) {
        guard Display.isNamed else { throw NoWindow(reason: "there is no display") }
        unsafe confab_sdl_set_hints(Display.drivers)
        guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else {
            throw NoWindow(reason: "the display \(Display.name) cannot be reached")
        }
        guard let window = unsafe confab_sdl_window(title, 1280, 720) else {
            let error = Self.failure()
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw error
        }
        guard let renderer = unsafe SDL_CreateRenderer(window, -1, 0) else {
            let error = Self.failure()
            unsafe SDL_DestroyWindow(window)
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw error
        }
        unsafe self.window = window
        unsafe self.renderer = renderer
        unsafe SDL_SetWindowMinimumSize(window, 240, 160)
        // As pictures here are: limited range.
        SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_BT601)
        SDL_StartTextInput()
    }

    deinit {
        if let texture = unsafe texture { unsafe SDL_DestroyTexture(texture) }
        unsafe SDL_DestroyRenderer(renderer)
        unsafe SDL_DestroyWindow(window)
        SDL_QuitSubSystem(SDL_INIT_VIDEO)
    }

    private static func failure() -> NoWindow {
        NoWindow(reason: unsafe SDL_GetError().map { unsafe String(cString: $0) } ?? "")
    }

    func setTitle(_ title: String) {
        unsafe SDL_SetWindowTitle(window, title)
    }

    func setFullScreen(_ isFullScreen: Bool) {
        _ = unsafe SDL_SetWindowFullscreen(window, isFullScreen ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0)
    }

    /// Nobody sees it now.
    var isHidden: Bool {
        let hidden = SDL_WINDOW_MINIMIZED.rawValue | SDL_WINDOW_HIDDEN.rawValue
        return unsafe SDL_GetWindowFlags(window) & hidden != 0
    }

    /// Pixels, of which a point of the window's may have several.
    var contentSize: PictureSize {
        var (width, height): (Int32, Int32) = (0, 0)
        _ = unsafe SDL_GetRendererOutputSize(renderer, &width, &height)
        return PictureSize(Int(width), Int(height))
    }

    /// Waits `milliseconds` at most; nil when nothing happened.
    func wait(milliseconds: Int) -> Input? {
        var event = unsafe SDL_Event()
        guard unsafe SDL_WaitEventTimeout(&event, Int32(milliseconds)) != 0 else { return nil }
        switch unsafe SDL_EventType(event.type) {
        case SDL_QUIT: return .close
        case SDL_TEXTINPUT:
            let text = unsafe withUnsafeBytes(of: &event.text.text) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            return text.first.map { .key($0) }
        case SDL_KEYDOWN:
            guard unsafe event.key.`repeat` == 0 else { return nil }
            switch unsafe event.key.keysym.scancode {
            case SDL_SCANCODE_F11: return .fullScreenKey
            case SDL_SCANCODE_ESCAPE: return .escape
            case SDL_SCANCODE_UP: return .key("↑")
            case SDL_SCANCODE_DOWN: return .key("↓")
            case SDL_SCANCODE_TAB: return .key("\t")
            default: return nil
            }
        case SDL_MOUSEBUTTONDOWN:
            guard unsafe event.button.button == 1 else { return nil }
            let (x, y) = unsafe place(event.button.x, event.button.y)
            // Two double clicks soon after one another are four clicks.
            return unsafe event.button.clicks.isMultiple(of: 2) ? .doubleClick(x: x, y: y) : .click(x: x, y: y)
        case SDL_WINDOWEVENT:
            return .exposed
        case SDL_RENDER_TARGETS_RESET, SDL_RENDER_DEVICE_RESET:
            dropTexture()
            return .exposed
        default: return nil
        }
    }

    private func place(_ x: Int32, _ y: Int32) -> (x: Int, y: Int) {
        var (width, height): (Int32, Int32) = (0, 0)
        unsafe SDL_GetWindowSize(window, &width, &height)
        let content = contentSize
        return (Int(x) * content.width / Int(max(1, width)), Int(y) * content.height / Int(max(1, height)))
    }

    /// Shows `picture` over all of the window.
    func show(_ picture: PictureFrame) {
        if textureSize != picture.size { dropTexture() }
        if unsafe texture == nil {
            unsafe texture = SDL_CreateTexture(
                renderer, UInt32(SDL_PIXELFORMAT_IYUV.rawValue), Int32(SDL_TEXTUREACCESS_STREAMING.rawValue),
                Int32(picture.size.width), Int32(picture.size.height))
            textureSize = picture.size
        }
        guard let texture = unsafe texture else { return }
        unsafe picture.withPlane(.luma) { luma, lumaStride in
            unsafe picture.withPlane(.cb) { cb, chromaStride in
                unsafe picture.withPlane(.cr) { cr, _ in
                    _ = unsafe SDL_UpdateYUVTexture(
                        texture, nil, luma.baseAddress, Int32(lumaStride), cb.baseAddress, Int32(chromaStride),
                        cr.baseAddress, Int32(chromaStride))
                }
            }
        }
        _ = unsafe SDL_RenderCopy(renderer, texture, nil, nil)
        unsafe SDL_RenderPresent(renderer)
    }

    private func dropTexture() {
        if let texture = unsafe texture { unsafe SDL_DestroyTexture(texture) }
        unsafe texture = nil
    }
}
