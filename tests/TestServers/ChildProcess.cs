using System.Diagnostics;
using System.Globalization;

namespace McpFunctions.TestServers;

/// <summary>
/// A process that a test starts. It runs under <c>local/supervise</c>: when the test process ends in any way, this process ends too,
/// with all of its descendants.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_defaultGrace = TimeSpan.FromSeconds(10);

    private readonly Process _supervisor;
    private readonly int _keptLines;
    private readonly Queue<string> _lines = new();
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

    /// <summary>What the messages call it.</summary>
    public string Name { get; }

    /// <summary>Its process id, which is also the id of its process group.</summary>
    public int Id => _id.Task.Result;

    /// <summary>Completes when it has ended, with its exit code (128 + the signal's number when a signal ended it).</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => Exited.IsCompleted;

    /// <summary>The latest lines of its standard output and standard error, oldest first.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>How many lines it has printed so far: a mark from which <see cref="WaitForLineAsync(string, TimeSpan?, long)"/> can look on.</summary>
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
    /// <param name="fileName">A path, or a name that is on the PATH.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="environment">What to set beyond the inherited environment.</param>
    /// <param name="workingDirectory">Where it runs; the test process's own folder when null.</param>
    /// <param name="name">What messages call it; its file name when null.</param>
    /// <param name="keptLines">How many lines of output are kept.</param>
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

    /// <summary>Waits for a line of output that holds <paramref name="text"/>, and returns it.</summary>
    /// <param name="text">What the line holds, compared by ordinal.</param>
    /// <param name="deadline"><see cref="Eventually.DefaultDeadline"/> when null.</param>
    /// <param name="after">Lines before this <see cref="LineCount"/> do not count.</param>
    /// <exception cref="ChildProcessException">The process ended, or the deadline passed, without such a line.</exception>
    public Task<string> WaitForLineAsync(string text, TimeSpan? deadline = null, long after = 0) =>
        WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), deadline, after, $"\"{text}\"");

    /// <inheritdoc cref="WaitForLineAsync(string, TimeSpan?, long)"/>
    public async Task<string> WaitForLineAsync(Func<string, bool> match, TimeSpan? deadline = null, long after = 0, string description = "the line waited for")
    {
        var limit = deadline ?? Eventually.DefaultDeadline;
        using var timer = new CancellationTokenSource(limit);
        while (true)
        {
            // Taken before looking, so that a line that comes while looking is not missed.
            var hasExited = HasExited;
            var changed = Volatile.Read(ref _changed).Task;
            if (FindLine(match, after) is { } line)
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

    /// <summary>Sends a signal to the process, not to its descendants. Nothing happens when it has ended.</summary>
    public void Send(ProcessSignal signal)
    {
        if (!HasExited)
        {
            ProcessSignals.Send(Id, signal);
        }
    }

    /// <summary>Asks it to end with SIGTERM, and kills it and its descendants when it has not ended after the grace time.</summary>
    /// <param name="grace">10 s when null.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan? grace = null)
    {
        Send(ProcessSignal.Terminate);
        Send(ProcessSignal.Thaw);
        try
        {
            return await Exited.WaitAsync(grace ?? s_defaultGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ProcessSignals.Send(-Id, ProcessSignal.Kill);
            return await Exited.ConfigureAwait(false);
        }
    }

    /// <summary>Ends it with SIGKILL, as a crash would; its descendants get nothing. Returns when it is gone.</summary>
    public Task<int> KillAsync()
    {
        Send(ProcessSignal.Kill);
        return Exited;
    }

    /// <summary>Kills what is left of it and of its descendants.</summary>
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
            // The group still has a member, so its id cannot have become another group's.
            ProcessSignals.Send(-Id, ProcessSignal.Kill);
        }
        _supervisor.Dispose();
    }

    private async Task SuperviseAsync()
    {
        var readers = Task.WhenAll(ReadOnThreadOfItsOwn(_supervisor.StandardOutput, beginsWithId: true), ReadOnThreadOfItsOwn(_supervisor.StandardError, beginsWithId: false));
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        var exitCode = _supervisor.ExitCode;
        // The last lines belong to the output, but a descendant may hold it open for ever.
        await Task.WhenAny(readers, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        _id.TrySetException(new ChildProcessException($"{Name} did not start: local/supervise ended with exit code {exitCode}.", Output));
        _leftDescendants = _id.Task.IsCompletedSuccessfully && ProcessSignals.Exists(-Id);
        _exited.TrySetResult(exitCode);
        NotifyChange();
    }

    // Reading a pipe blocks a thread even when it is done asynchronously; a few children would use up the thread pool.
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
                    _lines.Enqueue(line);
                    if (_lines.Count > _keptLines)
                    {
                        _lines.Dequeue();
                        _droppedLines++;
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

    private string? FindLine(Func<string, bool> match, long after)
    {
        lock (_lines)
        {
            return _lines.Skip((int)Math.Max(0, after - _droppedLines)).FirstOrDefault(match);
        }
    }

    private void NotifyChange() =>
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
