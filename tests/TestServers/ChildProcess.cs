using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace McpFunctions.TestServers;

/// <summary>
/// A process that a test starts. <c>local/supervise</c> supervises it: when the test process ends, even by a crash, the process and
/// all its descendants end too.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_terminateTimeout = TimeSpan.FromSeconds(10);

    // How long the output of a process that has ended may take to arrive on a slow machine.
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromMinutes(1);

    private readonly Process _supervisor;
    private readonly int _keptLines;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource<int> _id = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _droppedLines;
    private bool _leftDescendants;
    private bool _disposed;

    private ChildProcess(string name, ProcessStartInfo start, int keptLines)
    {
        Name = name;
        _keptLines = keptLines;
        _supervisor = new Process { StartInfo = start };
    }

    /// <summary>The name in messages.</summary>
    public string Name { get; }

    /// <summary>The process id. It is also the process group id.</summary>
    public int Id => _id.Task.Result;

    /// <summary>Completes with the exit code when the process ends. After a signal, the exit code is 128 + the signal's number.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => Exited.IsCompleted;

    /// <summary>The latest lines of its standard output and standard error, oldest first.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_lines)
            {
                return [.. CollectionsMarshal.AsSpan(_lines)[Math.Max(0, _lines.Count - _keptLines)..]];
            }
        }
    }

    /// <summary>The number of lines printed so far. With it, <see cref="WaitForLineAsync(string, TimeSpan?, long)"/> ignores these lines.</summary>
    public long LineCount
    {
        get
        {
            lock (_lines)
            {
                return _droppedLines + _lines.Count;
            }
        }
    }

    /// <summary>Starts a process with no standard input and the test process's environment, plus <paramref name="environment"/> (null removes a variable).</summary>
    /// <param name="fileName">A path, or a name on the PATH.</param>
    /// <param name="arguments">The arguments, passed unchanged.</param>
    /// <param name="environment">Variables to add to the inherited environment.</param>
    /// <param name="workingDirectory">The working directory; null means that of the test process.</param>
    /// <param name="name">The name in messages; null means the file name.</param>
    /// <param name="keptLines">The number of output lines to keep.</param>
    public static async Task<ChildProcess> StartAsync(
        string fileName,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null,
        string? name = null,
        int keptLines = 5_000)
    {
        var start = new ProcessStartInfo("bash", [Repository.PathOf("local", "supervise"), "--announce", "--leave", fileName, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[variable] = value;
        }
        var child = new ChildProcess(name ?? Path.GetFileName(fileName), start, keptLines);
        child._supervisor.Start();
        _ = child.SuperviseAsync();
        await child._id.Task.ConfigureAwait(false);
        return child;
    }

    /// <summary>Waits for a line of output that contains <paramref name="text"/>, and returns it.</summary>
    /// <param name="text">The text, compared by ordinal.</param>
    /// <param name="deadline"><see cref="Eventually.DefaultDeadline"/> when null.</param>
    /// <param name="after">Lines before this <see cref="LineCount"/> are ignored.</param>
    /// <exception cref="ChildProcessException">The process ended, or the deadline passed, without such a line.</exception>
    public Task<string> WaitForLineAsync(string text, TimeSpan? deadline = null, long after = 0) =>
        WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), deadline, after, $"\"{text}\"");

    /// <inheritdoc cref="WaitForLineAsync(string, TimeSpan?, long)"/>
    public async Task<string> WaitForLineAsync(Func<string, bool> match, TimeSpan? deadline = null, long after = 0, string description = "the expected line")
    {
        var limit = deadline ?? Eventually.DefaultDeadline;
        using var timer = new CancellationTokenSource(limit);
        var searched = after;
        while (true)
        {
            // Read before the search, so that a line printed during the search is not missed.
            var hasExited = HasExited;
            var changed = Volatile.Read(ref _changed).Task;
            if (FindLine(match, ref searched) is { } line)
            {
                return line;
            }
            if (hasExited)
            {
                throw new ChildProcessException($"{Name} ended with exit code {await Exited.ConfigureAwait(false)} without printing {description}.", Output);
            }
            try
            {
                await changed.WaitAsync(timer.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new ChildProcessException($"{Name} did not print {description} within {limit.TotalSeconds:0.#} s.", Output);
            }
        }
    }

    /// <summary>Waits until it has ended, and returns its exit code.</summary>
    /// <exception cref="ChildProcessException">It still ran at the deadline.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? deadline = null)
    {
        var limit = deadline ?? Eventually.DefaultDeadline;
        try
        {
            return await Exited.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ChildProcessException($"{Name} still runs after {limit.TotalSeconds:0.#} s.", Output);
        }
    }

    /// <summary>Sends a signal to the process, not to its descendants. Does nothing when it has ended.</summary>
    public void Send(ProcessSignal signal)
    {
        if (!HasExited)
        {
            ProcessSignals.Send(Id, signal);
        }
    }

    /// <summary>Sends SIGTERM. Kills the process and its descendants when it still runs after the timeout.</summary>
    /// <param name="timeout">10 s when null.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan? timeout = null)
    {
        Send(ProcessSignal.Terminate);
        Send(ProcessSignal.Thaw);
        try
        {
            return await Exited.WaitAsync(timeout ?? s_terminateTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ProcessSignals.Send(-Id, ProcessSignal.Kill);
            return await Exited.ConfigureAwait(false);
        }
    }

    /// <summary>Kills the process with SIGKILL, like a crash. Its descendants get no signal. Completes when the process has ended.</summary>
    public Task<int> KillAsync()
    {
        Send(ProcessSignal.Kill);
        return Exited;
    }

    /// <summary>Kills the process and its descendants where they still run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        if (!HasExited)
        {
            ProcessSignals.Send(-Id, ProcessSignal.Kill);
            await Exited.ConfigureAwait(false);
        }
        else if (_leftDescendants)
        {
            // The group still has a member, so the system cannot have reused its id.
            ProcessSignals.Send(-Id, ProcessSignal.Kill);
        }
        _supervisor.Dispose();
    }

    private async Task SuperviseAsync()
    {
        var readers = Task.WhenAll(
            ReadOnThreadOfItsOwn(_supervisor.StandardOutput, beginsWithId: true), ReadOnThreadOfItsOwn(_supervisor.StandardError, beginsWithId: false));
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        var exitCode = _supervisor.ExitCode;
        // A reader may be slow, so that the id or the last lines come late.
        await Task.WhenAny(readers, _id.Task, Task.Delay(s_readTimeout)).ConfigureAwait(false);
        // A descendant may keep the output open.
        var mayStayOpen = _id.Task.IsCompletedSuccessfully && ProcessSignals.Exists(-Id);
        await Task.WhenAny(readers, Task.Delay(mayStayOpen ? TimeSpan.FromSeconds(1) : s_readTimeout)).ConfigureAwait(false);
        _id.TrySetException(new ChildProcessException($"{Name} did not start: local/supervise ended with exit code {exitCode}.", Output));
        _leftDescendants = _id.Task.IsCompletedSuccessfully && ProcessSignals.Exists(-Id);
        _exited.TrySetResult(exitCode);
        NotifyChange();
    }

    // Reading a pipe blocks a thread, even asynchronously. A few children would exhaust the thread pool.
    private Task ReadOnThreadOfItsOwn(StreamReader reader, bool beginsWithId) =>
        Task.Factory.StartNew(() => Read(reader, beginsWithId), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Read(StreamReader reader, bool beginsWithId)
    {
        using var disposed = reader;
        try
        {
            if (beginsWithId && reader.ReadLine() is { } id)
            {
                _id.TrySetResult(int.Parse(id, CultureInfo.InvariantCulture));
            }
            while (reader.ReadLine() is { } line)
            {
                lock (_lines)
                {
                    _lines.Add(line);
                    // Dropping one line at a time would move all others each time.
                    if (_lines.Count / 2 >= _keptLines)
                    {
                        _droppedLines += _lines.Count - _keptLines;
                        _lines.RemoveRange(0, _lines.Count - _keptLines);
                    }
                }
                NotifyChange();
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Disposed while a descendant still held the output.
        }
    }

    // Looks at each line once: a host prints many thousands.
    private string? FindLine(Func<string, bool> match, ref long searched)
    {
        lock (_lines)
        {
            for (var index = (int)Math.Max(0, searched - _droppedLines); index < _lines.Count; index++)
            {
                searched = _droppedLines + index + 1;
                if (match(_lines[index]))
                {
                    return _lines[index];
                }
            }
            return null;
        }
    }

    private void NotifyChange() =>
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
