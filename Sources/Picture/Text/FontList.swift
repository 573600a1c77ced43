// SPDX-License-Identifier: GPL-3.0-or-later

import CFontconfig

/// The machine's sans-serif fonts in the order in which they are to be tried, as fontconfig has it.
@safe final class FontList {
    struct Font {
        let path: String
        let index: Int
    }

    let fonts: [Font]
    private let set: UnsafeMutablePointer<FcFontSet>?
    private let configuration: OpaquePointer?

    /// Without fonts or without fontconfig's files the list is empty.
    init() {
        let configuration = unsafe FcInitLoadConfigAndFonts()
        unsafe self.configuration = configuration
        let pattern = unsafe FcPatternCreate()
        defer { if let pattern = unsafe pattern { unsafe FcPatternDestroy(pattern) } }
        _ = unsafe FcPatternAddString(pattern, FC_FAMILY, "sans-serif")
        _ = unsafe FcPatternAddInteger(pattern, FC_WEIGHT, FC_WEIGHT_MEDIUM)
        _ = unsafe FcConfigSubstitute(configuration, pattern, FcMatchPattern)
        unsafe FcDefaultSubstitute(pattern)
        var result = FcResultMatch
        // Trimmed: a font that covers no character which those before it lack is left out.
        unsafe set = FcFontSort(configuration, pattern, FcBool(1), nil, &result)
        fonts = unsafe Self.patterns(set).map { font in
            var path: UnsafeMutablePointer<FcChar8>?
            var index: Int32 = 0
            _ = unsafe FcPatternGetString(font, FC_FILE, 0, &path)
            _ = unsafe FcPatternGetInteger(font, FC_INDEX, 0, &index)
            return unsafe Font(path: path.map { unsafe String(cString: $0) } ?? "", index: Int(index))
        }
    }

    deinit {
        if let set = unsafe set { unsafe FcFontSetDestroy(set) }
        if let configuration = unsafe configuration { unsafe FcConfigDestroy(configuration) }
    }

    /// Position in ``fonts`` of the first that has `scalar`, or nil when none has.
    func font(with scalar: Unicode.Scalar) -> Int? {
        unsafe Self.patterns(set).firstIndex { font in
            var characters: OpaquePointer?
            guard unsafe FcPatternGetCharSet(font, FC_CHARSET, 0, &characters) == FcResultMatch else { return false }
            return unsafe FcCharSetHasChar(characters, scalar.value) != 0
        }
    }

    private static func patterns(_ set: UnsafeMutablePointer<FcFontSet>?) -> UnsafeBufferPointer<OpaquePointer?> {
        guard let set = unsafe set else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeBufferPointer(start: set.pointee.fonts, count: Int(set.pointee.nfont))
    }
}
