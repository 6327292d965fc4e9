//! The mount: what the kernel asks, answered from [`super::image`] with the faults of [`super::control`]. No decision of
//! its own about what is durable.

use std::{ffi::OsStr, sync::Arc, time::Duration, time::UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    KernelConfig, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::{
    control::{Shared, State},
    image::{Body, Entry, Inode, Names, ROOT, Refusal},
};

/// The kernel asks again each time: a power cut changes everything behind its back.
const REMEMBER: Duration = Duration::ZERO;

/// Past the kernel's cache: every write comes here at once, no read is answered from an old page.
const DIRECT: FopenFlags = FopenFlags::FOPEN_DIRECT_IO;

const BLOCK_BYTES: u32 = 4096;
const WRITE_BYTES_MAX: u32 = 1024 * 1024;

/// The disk as the kernel sees it.
pub(super) struct Mounted(pub(super) Arc<Shared>);

type Answer<T> = Result<T, Refusal>;

fn errno(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::Missing => Errno::ENOENT,
        Refusal::Exists => Errno::EEXIST,
        Refusal::NotEmpty => Errno::ENOTEMPTY,
        Refusal::NotADirectory => Errno::ENOTDIR,
        Refusal::IsADirectory => Errno::EISDIR,
        Refusal::Full => Errno::ENOSPC,
    }
}

fn attributes(state: &State, inode: Inode) -> Answer<FileAttr> {
    let entry = state.image.entry(inode)?;
    let (kind, size, nlink) = match &entry.body {
        Body::File(content) => (FileType::RegularFile, content.bytes().len() as u64, 1),
        Body::Directory { .. } => (FileType::Directory, u64::from(BLOCK_BYTES), 2),
    };
    Ok(FileAttr {
        ino: INodeNo(inode),
        size,
        blocks: size.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: entry.mode,
        nlink,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: BLOCK_BYTES,
        flags: 0,
    })
}

impl Mounted {
    fn make(&self, parent: INodeNo, name: &OsStr, entry: Entry) -> Answer<FileAttr> {
        let mut state = self.0.state();
        let inode = state.image.make(parent.0, name, entry)?;
        attributes(&state, inode)
    }

    fn sync(&self, inode: Inode) -> Result<(), Errno> {
        let (takes, cuts) = {
            let state = self.0.state();
            (state.faults.sync_takes, state.image.cuts)
        };
        if !takes.is_zero() {
            std::thread::sleep(takes);
        }
        let mut state = self.0.state();
        if state.image.cuts != cuts {
            return Err(Errno::EIO); // The power went meanwhile: nobody hears this.
        }
        if state.faults.syncs_fail {
            state.counts.syncs_failed += 1;
            state.image.fail_sync(inode);
            return Err(Errno::EIO);
        }
        state.image.sync(inode).map_err(errno)
    }

    fn read_some(&self, inode: Inode, at: usize, length: usize) -> Result<Vec<u8>, Errno> {
        let mut state = self.0.state();
        let failing = state.faults.reads_fail_of;
        if failing.is_some_and(|name| state.image.goes_by(inode, OsStr::new(name))) {
            state.counts.reads_failed += 1;
            return Err(Errno::EIO);
        }
        let bytes = state.image.content(inode).map_err(errno)?.bytes();
        let from = at.min(bytes.len());
        Ok(bytes[from..bytes.len().min(from + length)].to_vec())
    }

    fn write_some(&self, inode: Inode, at: usize, flags: OpenFlags, data: &[u8]) -> Answer<()> {
        let mut state = self.0.state();
        let appends = flags.0 as u32 & rustix::fs::OFlags::APPEND.bits() != 0;
        let at = if appends {
            state.image.content(inode)?.bytes().len()
        } else {
            at
        };
        let refused = state.faults.no_space_for;
        let written = if refused.is_some_and(|name| state.image.goes_by(inode, OsStr::new(name))) {
            Err(Refusal::Full)
        } else {
            state.image.write(inode, at, data)
        };
        match written {
            Ok(()) => {
                state.counts.writes += 1;
                state.counts.bytes += data.len() as u64;
            }
            Err(_) => state.counts.writes_refused += 1,
        }
        written
    }

    fn set(&self, inode: Inode, mode: Option<u32>, size: Option<u64>) -> Answer<FileAttr> {
        let mut state = self.0.state();
        if let Some(mode) = mode {
            state.image.entry_mut(inode)?.mode = (mode & 0o7777) as u16;
        }
        if let Some(size) = size {
            state.image.resize(inode, size as usize)?;
        }
        attributes(&state, inode)
    }
}

fn entry(reply: ReplyEntry, answer: Answer<FileAttr>) {
    match answer {
        Ok(attributes) => reply.entry(&REMEMBER, &attributes, Generation(0)),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn attr(reply: ReplyAttr, answer: Answer<FileAttr>) {
    match answer {
        Ok(attributes) => reply.attr(&REMEMBER, &attributes),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn empty(reply: ReplyEmpty, answer: Result<(), Errno>) {
    match answer {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

/// `.`, `..`, then the names with what they stand for.
fn listing(state: &State, directory: Inode, names: &Names) -> Vec<(Inode, FileType, std::ffi::OsString)> {
    let dots = [".", ".."].map(|dot| (directory, FileType::Directory, dot.into()));
    let named = names.iter().filter_map(|(name, inode)| {
        let kind = attributes(state, *inode).ok()?.kind;
        Some((*inode, kind, name.clone()))
    });
    dots.into_iter().chain(named).collect()
}

impl Filesystem for Mounted {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        // A smaller bound of the kernel's is as good.
        let _ = config.set_max_write(WRITE_BYTES_MAX);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let state = self.0.state();
        let found = state
            .image
            .lookup(parent.0, name)
            .and_then(|inode| attributes(&state, inode));
        entry(reply, found);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        attr(reply, attributes(&self.0.state(), ino.0));
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<std::time::SystemTime>,
        _fh: Option<FileHandle>,
        _crtime: Option<std::time::SystemTime>,
        _chgtime: Option<std::time::SystemTime>,
        _bkuptime: Option<std::time::SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        attr(reply, self.set(ino.0, mode, size));
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        entry(
            reply,
            self.make(parent, name, Entry::directory((mode & !umask & 0o7777) as u16)),
        );
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        match self.make(parent, name, Entry::file((mode & !umask & 0o7777) as u16)) {
            Ok(made) => reply.created(&REMEMBER, &made, Generation(0), FileHandle(0), DIRECT),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(reply, self.0.state().image.remove(parent.0, name).map_err(errno));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(reply, self.0.state().image.remove(parent.0, name).map_err(errno));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let mut state = self.0.state();
        let done = if flags.is_empty() {
            state
                .image
                .rename((parent.0, name), (newparent.0, newname))
                .map_err(errno)
        } else {
            Err(Errno::EINVAL)
        };
        empty(reply, done);
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), DIRECT);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.read_some(ino.0, offset as usize, size as usize) {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        flags: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.write_some(ino.0, offset as usize, flags, data) {
            Ok(()) => reply.written(data.len() as u32),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    /// A close: it makes nothing durable.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        let synced = self.sync(ino.0);
        if synced.is_ok() {
            self.0.state().counts.syncs += 1;
        }
        empty(reply, synced);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        let synced = self.sync(ino.0);
        if synced.is_ok() {
            self.0.state().counts.directory_syncs += 1;
        }
        empty(reply, synced);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let state = self.0.state();
        let names = match state.image.names(ino.0) {
            Ok(names) => names,
            Err(refusal) => return reply.error(errno(refusal)),
        };
        let all = listing(&state, ino.0, names).into_iter().enumerate();
        for (index, (inode, kind, name)) in all.skip(offset as usize) {
            if reply.add(INodeNo(inode), index as u64 + 1, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let state = self.0.state();
        let blocks = |bytes: u64| bytes / u64::from(BLOCK_BYTES);
        let free = blocks(state.image.free());
        reply.statfs(
            blocks(state.image.capacity),
            free,
            free,
            1 << 20,
            1 << 20,
            BLOCK_BYTES,
            255,
            BLOCK_BYTES,
        );
    }
}

/// The root's number is the kernel's.
const _: () = assert!(ROOT == 1);
