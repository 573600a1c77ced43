// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
import Synchronization

/// Picture memory that is used again: a picture goes back by being forgotten by everybody else, on whatever thread.
///
/// The pool itself belongs to one thread at a time.
package final class PicturePool {
    private var frames: [PictureFrame] = []
    private let capacity: Int

    /// - Parameter capacity: pictures kept. When all of them are in use, further ones are made and not kept.
    package init(capacity: Int) {
        self.capacity = max(1, capacity)
        frames.reserveCapacity(self.capacity)
    }

    /// A writable picture that nobody else has. Its content is undefined: the taker overwrites all of it.
    package func take(_ size: PictureSize) -> PictureFrame {
        var replaceable: Int?
        for index in frames.indices where isKnownUniquelyReferenced(&frames[index]) {
            if frames[index].size == size {
                // What others read of it, they read before they let it go.
                atomicMemoryFence(ordering: .acquiring)
                frames[index].willChange()
                return frames[index]
            }
            replaceable = index
        }
        let frame = PictureFrame(uninitialized: size)
        if frames.count < capacity {
            frames.append(frame)
        } else if let replaceable {
            frames[replaceable] = frame
        }
        return frame
    }

    /// Pictures kept, in use or not.
    package var count: Int { frames.count }
}
