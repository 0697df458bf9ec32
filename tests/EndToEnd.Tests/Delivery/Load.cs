using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// A user who renames files all the time, with one request per file at a time. A change with a 2xx response is committed; a
/// change with a 503 or without a response may or may not be committed.
/// </summary>
internal sealed class Load(GatewayUser user, int seed)
{
    private const int Concurrency = 16;

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, int> _responses = new();
    private readonly ConcurrentBag<(string FileId, long Version)> _acknowledged = [];
    private readonly ConcurrentQueue<string> _idle = new();
    private volatile bool _isStopped;

    /// <summary>How often each outcome came: a status, or the name of an exception.</summary>
    public IReadOnlyDictionary<string, int> Responses => _responses;

    /// <summary>The versions of files in 2xx responses.</summary>
    public IReadOnlyCollection<(string FileId, long Version)> Acknowledged => _acknowledged;

    /// <summary>How long requests were sent.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Stores the files.</summary>
    public async Task PrepareAsync(int files)
    {
        for (var number = 0; number < files; number++)
        {
            var file = await user.UploadAsync($"{number}.txt");
            _acknowledged.Add((file.Text("id"), file.Number("version")));
            _idle.Enqueue(file.Text("id"));
        }
    }

    /// <summary>Sends requests until <see cref="Stop"/>, at the given rate or as fast as the responses arrive.</summary>
    public async Task RunAsync(int perSecond)
    {
        var elapsed = Stopwatch.StartNew();
        var sent = 0;
        using var free = new SemaphoreSlim(Math.Min(Concurrency, _idle.Count));
        List<Task> requests = [];
        while (!_isStopped)
        {
            var due = TimeSpan.FromSeconds((double)sent / perSecond) - elapsed.Elapsed;
            if (due > TimeSpan.FromMilliseconds(2))
            {
                await Task.Delay(due);
            }
            await free.WaitAsync();
            sent++;
            requests.Add(RenameAsync(free));
        }
        await Task.WhenAll(requests);
        Duration = elapsed.Elapsed;
    }

    /// <summary>Ends <see cref="RunAsync"/> after the responses to all sent requests.</summary>
    public void Stop() => _isStopped = true;

    private async Task RenameAsync(SemaphoreSlim free)
    {
        Assert.True(_idle.TryDequeue(out var fileId));
        int number;
        lock (_random)
        {
            number = _random.Next();
        }
        string outcome;
        try
        {
            var body = JsonSerializer.Serialize(new { filename = $"{number}.txt" });
            using var response = await user.PatchAsync(fileId!, body);
            outcome = $"{(int)response.StatusCode}";
            if (response.IsSuccessStatusCode)
            {
                _acknowledged.Add((fileId!, (await response.JsonAsync()).Number("version")));
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
        {
            outcome = exception.GetType().Name;
            // Do not flood a server that is down.
            await Task.Delay(20);
        }
        _responses.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        _idle.Enqueue(fileId!);
        free.Release();
    }
}
