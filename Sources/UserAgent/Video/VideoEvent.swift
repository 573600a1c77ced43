// SPDX-License-Identifier: GPL-3.0-or-later

/// What happens to the video of a call.
public enum VideoEvent: Hashable, Sendable {
    /// The call has video from now on.
    case started
    /// It has none any more: the text says why.
    case stopped(String)
    /// Our camera was switched on or off.
    case camera(isOn: Bool)
    /// Our camera, or what we share, went away: the text names it. It comes back by itself where it can.
    case sourceLost(String)
    /// What went away is back.
    case sourceReturned
    /// We share a screen or file, or share no more.
    case sharing(Bool)
    /// Whose screen is shown, by name; nil for nobody's.
    case presenter(String?)
}
