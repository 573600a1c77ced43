// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// What has to stay free on a disk, whoever writes to it.
package struct DiskReserve: Hashable, Sendable {
    package let bytes: Int64

    package init(bytes: Int64) { self.bytes = bytes }

    /// Bytes that others than root may yet write on the disk of a file; below 0 where the reserve has been broken into. Blocks on the disk.
    package func space(at path: String) throws(RoomRecording.Failure) -> Int64 {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var status = statvfs()
        guard unsafe statvfs(folder.isEmpty ? "/" : folder, &status) == 0 else {
            if errno == ENOENT { throw .folderMissing(folder) }
            throw .cannotWrite(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        // File systems without a limit tell of any number of blocks.
        let (free, isMore) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return (isMore ? .max : Int64(clamping: free)) - bytes
    }
}
