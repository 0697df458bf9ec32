using System.Text;

namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>Writes lines a few milliseconds later, many with one system call. A busy host writes thousands in a second.</summary>
internal sealed class BatchedWriter : TextWriter
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    private readonly Lock _writing = new();
    private readonly StreamWriter _output;
    private readonly Timer _timer;
    private bool _isDue;
    private bool _isClosed;

    public BatchedWriter(Stream output)
    {
        _output = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 16 * 1024);
        _timer = new Timer(_ => Flush());
        AppDomain.CurrentDomain.ProcessExit += FlushAtExit;
    }

    public override Encoding Encoding => _output.Encoding;

    public override void Write(char value) => Add(output => output.Write(value));

    public override void WriteLine(string? value) => Add(output => output.WriteLine(value));

    public override void Flush()
    {
        lock (_writing)
        {
            _isDue = false;
            try
            {
                if (!_isClosed)
                    _output.Flush();
            }
            catch (IOException)
            {
                // A full disk or a closed terminal must not stop the host.
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            AppDomain.CurrentDomain.ProcessExit -= FlushAtExit;
            Flush();
            lock (_writing)
                _isClosed = true;
            _timer.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Add(Action<StreamWriter> write)
    {
        lock (_writing)
        {
            if (_isClosed)
                return;

            write(_output);
            if (!_isDue)
            {
                _isDue = true;
                _timer.Change(Delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void FlushAtExit(object? sender, EventArgs e) => Flush();
}
