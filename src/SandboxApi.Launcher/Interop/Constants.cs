namespace SandboxApi.Launcher.Interop;

/// <summary>Numbers of the kernel's interface (Linux uapi headers), x86-64 where they differ.</summary>
internal static class Constants
{
    internal const int AtFdCwd = -100;
    internal const int AtEmptyPath = 0x1000;
    internal const int AtRecursive = 0x8000;
    internal const int AtSymlinkNoFollow = 0x100;

    internal const int ORdOnly = 0;
    internal const int OWrOnly = 1;
    internal const int ORdWr = 2;
    internal const int OCreat = 0x40;
    internal const int OExcl = 0x80;
    internal const int ODirectory = 0x10000;
    internal const int ONoFollow = 0x20000;
    internal const int OPath = 0x200000;
    internal const int OCloExec = 0x80000;

    internal const int CloneVm = 0x100;
    internal const int CloneVfork = 0x4000;
    internal const int ClonePidFd = 0x1000;
    internal const int CloneFiles = 0x400;
    internal const int CloneNewNs = 0x20000;
    internal const int CloneNewCgroup = 0x2000000;
    internal const int CloneNewUts = 0x4000000;
    internal const int CloneNewIpc = 0x8000000;
    internal const int CloneNewUser = 0x10000000;
    internal const int CloneNewPid = 0x20000000;
    internal const int CloneNewNet = 0x40000000;

    internal const nuint MsRdOnly = 1;
    internal const nuint MsNoSuid = 2;
    internal const nuint MsNoDev = 4;
    internal const nuint MsNoExec = 8;
    internal const nuint MsRemount = 32;
    internal const nuint MsBind = 4096;
    internal const nuint MsRec = 16384;
    internal const nuint MsPrivate = 1 << 18;
    internal const int MntDetach = 2;

    // Kinds of advice: madvise(2).
    internal const nint DontFork = 10;
    internal const nint NoHugePages = 15;

    internal const int PageBytes = 4096;

    internal const nint OpenTreeClone = 1;
    internal const nint OpenTreeCloExec = OCloExec;
    internal const nint MoveMountFromEmptyPath = 4;
    internal const ulong MountAttrRdOnly = 1;
    internal const ulong MountAttrNoSuid = 2;
    internal const ulong MountAttrNoDev = 4;
    internal const ulong MountAttrNoExec = 8;
    internal const nint FsOpenCloExec = 1;
    internal const nint FsConfigSetString = 1;
    internal const nint FsConfigCreate = 6;
    internal const nint FsMountCloExec = 1;

    internal const int PrSetPDeathSig = 1;
    internal const int PrSetName = 15;
    internal const int PrSetDumpable = 4;
    internal const int PrCapBSetDrop = 24;
    internal const int PrSetSecureBits = 28;
    internal const nuint SecureNoSetUidFixup = 4;
    internal const int PrSetNoNewPrivs = 38;

    internal const int PrSetTimerSlack = 29;
    internal const int PrMachineCheckKill = 33;
    internal const int PrSetThpDisable = 41;
    internal const int PrSetIoFlusher = 57;
    internal const int PrSetMemoryMerge = 67;
    internal const nint SchedulingOther = 0;
    internal const ulong SchedulingClamps = 0x60;

    internal const nint PtraceDetach = 17;

    internal const int SigTrap = 5;
    internal const int SigKill = 9;
    internal const int SigChld = 17;
    internal const int SigCount = 64;

    internal const int RLimitCpu = 0;
    internal const int RLimitFSize = 1;
    internal const int RLimitData = 2;
    internal const int RLimitStack = 3;
    internal const int RLimitCore = 4;
    internal const int RLimitRss = 5;
    internal const int RLimitNProc = 6;
    internal const int RLimitNoFile = 7;
    internal const int RLimitMemLock = 8;
    internal const int RLimitAs = 9;
    internal const int RLimitLocks = 10;
    internal const int RLimitSigPending = 11;
    internal const int RLimitMsgQueue = 12;
    internal const int RLimitNice = 13;
    internal const int RLimitRtPrio = 14;
    internal const int RLimitRtTime = 15;

    internal const int AfUnix = 1;
    internal const int AfInet = 2;
    internal const int AfNetlink = 16;
    internal const int SockStream = 1;
    internal const int SockSeqPacket = 5;
    internal const int SockDgram = 2;
    internal const int SockCloExec = OCloExec;
    internal const int SolSocket = 1;
    internal const int ScmRights = 1;
    internal const int MsgCmsgCloExec = 0x40000000;
    internal const int MsgNoSignal = 0x4000;
    internal const nuint SiocSIfFlags = 0x8914;
    internal const short IffUp = 1;

    internal const short PollIn = 1;
    internal const int WNoHang = 1;
    internal const int ClockMonotonic = 1;
    internal const int EIntr = 4;
    internal const int EExist = 17;
    internal const int EInval = 22;
    internal const int EMFile = 24;
    internal const int EChild = 10;
    internal const int EAgain = 11;
    internal const int ENoEnt = 2;
    internal const int ENoMem = 12;
    internal const int ENoBufs = 105;
    internal const int ENotDir = 20;
    internal const int ETimedOut = 110;

    internal const uint CapabilityVersion3 = 0x20080522;
    internal const int CapKill = 5;
    internal const int CapSetGid = 6;
    internal const int CapSetUid = 7;
    internal const int CapLast = 63;
    internal const nint SeccompSetModeFilter = 1;
    internal const nint SeccompGetSizes = 3;
    internal const nint SeccompNewListener = 8;
    internal const nint SeccompWaitKillable = 32;
    internal const nuint SeccompReceive = 0xC0502100;
    internal const nuint SeccompSend = 0xC0182101;
    internal const nuint SeccompSetFlags = 0x40082104;
    internal const nuint SeccompSameProcessor = 1;
    internal const uint SeccompContinue = 1;

    // System calls; from 424 on the numbers are the same on every architecture.
    internal const nint SysSeek = 8;
    internal const nint SysUnmap = 11;
    internal const nint SysRtSigAction = 13;
    internal const nint SysRtSigProcMask = 14;
    internal const nint SysAdvise = 28;
    internal const nint SysGetPid = 39;
    internal const nint SysSendFile = 40;
    internal const nint SysClone = 56;
    internal const nint SysGetPPid = 110;
    internal const nint SysFchdir = 81;
    internal const nint SysSetGroups = 116;
    internal const nint SysSetResUid = 117;
    internal const nint SysSetResGid = 119;
    internal const nint SysPtrace = 101;
    internal const nint SysCapSet = 126;
    internal const nint SysPersonality = 135;
    internal const nint SysSetPriority = 141;
    internal const nint SysSetScheduler = 144;
    internal const nint SysPivotRoot = 155;
    internal const nint SysSetDomainName = 171;
    internal const nint SysSetAffinity = 203;
    internal const nint SysClockGetTime = 228;
    internal const nint SysSetMemoryPolicy = 238;
    internal const nint SysSetIoPriority = 251;
    internal const nint SysSetSchedulingAttributes = 314;
    internal const nint SysSeccomp = 317;
    internal const nint SysPrctl = 157;
    internal const nint SysSocket = 41;
    internal const nint SysUtimensAt = 280;
    internal const nint SysPidFdSendSignal = 424;
    internal const nint SysOpenTree = 428;
    internal const nint SysMoveMount = 429;
    internal const nint SysFsOpen = 430;
    internal const nint SysFsConfig = 431;
    internal const nint SysFsMount = 432;
    internal const nint SysCloseRange = 436;
    internal const nint CloseRangeUnshare = 2;
    internal const nint SysMountSetAttr = 442;
    internal const nint SysMakeNode = 259;
    internal const nint SysStatx = 332;
    internal const nint CharacterDevice = 0x2000;
    internal const nint StatxBasic = 0x7FF;
}
