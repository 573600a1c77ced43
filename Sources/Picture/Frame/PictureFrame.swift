// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
import Synchronization

/// One I420 picture: a plane of luma, two of chroma in half the size. Any size from 1x1 on; odd ones too.
///
/// One thread at a time, like everything that draws in it. A picture of a decoder is read only: the decoder predicts
/// the next one from it.
@safe package final class PictureFrame {
    package let size: PictureSize
    /// False for a picture that a decoder still refers to. Drawing in one is a programmer's mistake.
    package let isWritable: Bool
    /// Another value after each change, never the same for two pictures of this process: who keeps something made from
    /// a picture compares this, as the object itself may have been used again.
    package private(set) var stamp: UInt64

    let luma: UnsafeMutablePointer<UInt8>
    let cb: UnsafeMutablePointer<UInt8>
    let cr: UnsafeMutablePointer<UInt8>
    let lumaStride: Int32
    let chromaStride: Int32
    /// Keeps the planes' memory.
    private let owner: AnyObject

    private static let stamps = Atomic<UInt64>(0)

    /// A picture with memory of its own, black.
    /// - Precondition: the size is allowed.
    package convenience init(_ size: PictureSize) {
        self.init(uninitialized: size)
        fill(.black)
    }

    /// A picture whose content is whatever was in the memory before.
    init(uninitialized size: PictureSize) {
        precondition(size.isAllowed, "no picture can be \(size)")
        // Rows begin where vector instructions like it.
        let stride = (size.width + 31) & ~31
        let chromaStride = (size.chroma.width + 31) & ~31
        let chromaBytes = chromaStride * size.chroma.height
        let memory = PlaneMemory(byteCount: stride * size.height + 2 * chromaBytes)
        self.size = size
        isWritable = true
        unsafe luma = memory.start
        unsafe cb = memory.start + stride * size.height
        unsafe cr = memory.start + stride * size.height + chromaBytes
        lumaStride = Int32(stride)
        self.chromaStride = Int32(chromaStride)
        owner = memory
        stamp = Self.nextStamp()
    }

    /// A read-only view of planes that `owner` keeps.
    init(
        size: PictureSize, luma: UnsafeMutablePointer<UInt8>, cb: UnsafeMutablePointer<UInt8>,
        cr: UnsafeMutablePointer<UInt8>, lumaStride: Int32, chromaStride: Int32, owner: AnyObject
    ) {
        self.size = size
        isWritable = false
        unsafe self.luma = luma
        unsafe self.cb = cb
        unsafe self.cr = cr
        self.lumaStride = lumaStride
        self.chromaStride = chromaStride
        self.owner = owner
        stamp = Self.nextStamp()
    }

    private static func nextStamp() -> UInt64 { stamps.add(1, ordering: .relaxed).newValue }

    /// To be called before anything is drawn.
    func willChange() {
        precondition(isWritable, "a decoder's picture is read only")
        stamp = Self.nextStamp()
    }

    package enum Plane: CaseIterable, Sendable { case luma, cb, cr }

    /// Lends a plane: its bytes, row after row, each `stride` bytes after the one before.
    package func withPlane<Result>(
        _ plane: Plane, _ body: (_ bytes: UnsafeBufferPointer<UInt8>, _ stride: Int) throws -> Result
    ) rethrows -> Result {
        let isLuma = plane == .luma
        let start =
            switch plane {
            case .luma: unsafe luma
            case .cb: unsafe cb
            case .cr: unsafe cr
            }
        let stride = Int(isLuma ? lumaStride : chromaStride)
        let plane = isLuma ? size : size.chroma
        let count = stride * (plane.height - 1) + plane.width
        return try unsafe body(UnsafeBufferPointer(start: start, count: count), stride)
    }

    /// Lends all three planes to be overwritten, those of chroma with one stride.
    package func withWritablePlanes<Result>(
        _ body: (
            _ luma: UnsafeMutablePointer<UInt8>, _ lumaStride: Int32, _ cb: UnsafeMutablePointer<UInt8>,
            _ cr: UnsafeMutablePointer<UInt8>, _ chromaStride: Int32
        ) throws -> Result
    ) rethrows -> Result {
        willChange()
        return try unsafe body(luma, lumaStride, cb, cr, chromaStride)
    }

    /// Mean colour of `area`, of what lies inside the picture; black for an empty one.
    package func meanColor(in area: PictureArea) -> PictureColor {
        let inside = area.intersection(size.area)
        guard !inside.isEmpty else { return .black }
        let chroma = PictureArea(
            x: inside.x / 2, y: inside.y / 2, width: (inside.x + inside.width + 1) / 2 - inside.x / 2,
            height: (inside.y + inside.height + 1) / 2 - inside.y / 2)
        return PictureColor(
            luma: mean(of: .luma, in: inside), cb: mean(of: .cb, in: chroma), cr: mean(of: .cr, in: chroma))
    }

    private func mean(of plane: Plane, in area: PictureArea) -> UInt8 {
        unsafe withPlane(plane) { bytes, stride in
            // By address: tests are not optimised, and look at picture after picture.
            guard let start = bytes.baseAddress else { return 0 }
            var sum = 0
            for row in area.y..<(area.y + area.height) {
                var place = row * stride + area.x
                let end = place + area.width
                while place < end {
                    sum += unsafe Int(start[place])
                    place += 1
                }
            }
            let count = area.width * area.height
            return UInt8(clamping: (sum + count / 2) / count)
        }
    }
}

/// One block for three planes, aligned for vector instructions.
@safe private final class PlaneMemory {
    let start: UnsafeMutablePointer<UInt8>
    private let block: UnsafeMutableRawPointer

    init(byteCount: Int) {
        unsafe block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        unsafe start = block.bindMemory(to: UInt8.self, capacity: byteCount)
    }

    deinit { unsafe block.deallocate() }
}
