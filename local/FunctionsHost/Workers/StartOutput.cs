namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Tells the lines that an earlier worker has written before it failed to start: a bad setting is printed once, not at every attempt.</summary>
internal sealed class StartOutput
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _earlier = [];
    private readonly List<string> _current = [];
    private bool _isReady;

    public void BeginStart()
    {
        lock (_gate)
        {
            _earlier.UnionWith(_current);
            _current.Clear();
            _isReady = false;
        }
    }

    public void BecomeReady()
    {
        lock (_gate)
        {
            _earlier.Clear();
            _current.Clear();
            _isReady = true;
        }
    }

    public bool IsNew(string line)
    {
        lock (_gate)
        {
            if (!_isReady)
                _current.Add(line);
            return !_earlier.Contains(line);
        }
    }
}
