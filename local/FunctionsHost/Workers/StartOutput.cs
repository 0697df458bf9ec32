namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Remembers the output of failed starts, so that an error in a setting appears once and not at every attempt.</summary>
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
