using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>One <c>bicep jsonrpc</c> for all tests: a process for each template would load the types of Azure's resources each time.</summary>
public sealed class BicepServer : IDisposable
{
    private const string Anywhere = "00000000-0000-0000-0000-000000000001";

    private readonly Process process;
    private readonly SemaphoreSlim turn = new(1);
    private int lastId;

    public BicepServer()
    {
        process = new() { StartInfo = new(Program, ["jsonrpc", "--stdio"]) { RedirectStandardInput = true, RedirectStandardOutput = true } };
        // The parameters are those of the test.
        foreach (string name in process.StartInfo.Environment.Keys.Where(name => name.StartsWith("MCP_", StringComparison.Ordinal) || name.StartsWith("AZURE_", StringComparison.Ordinal)).ToArray())
        {
            process.StartInfo.Environment.Remove(name);
        }

        process.Start();
    }

    /// <summary>The compiler that the build restored.</summary>
    public static string Program => typeof(BicepServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "Bicep").Value!;

    /// <summary>Builds a template. Fails if there is a warning.</summary>
    public async Task<JsonNode> BuildAsync(string file)
    {
        JsonNode result = await CallAsync("bicep/compile", new JsonObject { ["path"] = file });
        Assert.Equal([], result["diagnostics"]!.AsArray().Select(each => each!.ToJsonString()));
        return JsonNode.Parse((string)result["contents"]!)!;
    }

    /// <summary>Evaluates a template with its parameters: all resources with their values, without Azure and without a network.</summary>
    public async Task<BicepResources> EvaluateAsync(string parameters)
    {
        JsonNode result = await CallAsync("bicep/getSnapshot", new JsonObject
        {
            ["path"] = parameters,
            ["metadata"] = new JsonObject { ["tenantId"] = Anywhere, ["subscriptionId"] = Anywhere, ["location"] = "westeurope", ["deploymentName"] = "test" },
        });
        JsonNode snapshot = JsonNode.Parse((string)result["snapshot"]!)!;
        Assert.Empty(snapshot["diagnostics"]!.AsArray());
        return new BicepResources(snapshot);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
        turn.Dispose();
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        await turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            byte[] request = Encoding.UTF8.GetBytes(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = ++lastId, ["method"] = method, ["params"] = parameters }.ToJsonString());
            Stream input = process.StandardInput.BaseStream;
            await input.WriteAsync(Encoding.ASCII.GetBytes($"Content-Length: {request.Length}\r\n\r\n"), TestContext.Current.CancellationToken);
            await input.WriteAsync(request, TestContext.Current.CancellationToken);
            await input.FlushAsync(TestContext.Current.CancellationToken);
            JsonNode response = JsonNode.Parse(await ReadAsync(process.StandardOutput.BaseStream))!;
            return response["error"] is { } error ? throw new InvalidOperationException($"{method} failed: {error["message"]}") : response["result"]!;
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<byte[]> ReadAsync(Stream output)
    {
        int length = 0;
        for (string line = await ReadLineAsync(output); line.Length > 0; line = await ReadLineAsync(output))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
            }
        }

        byte[] content = new byte[length];
        await output.ReadExactlyAsync(content, TestContext.Current.CancellationToken);
        return content;
    }

    private static async Task<string> ReadLineAsync(Stream output)
    {
        var line = new StringBuilder();
        byte[] next = new byte[1];
        do
        {
            await output.ReadExactlyAsync(next, TestContext.Current.CancellationToken);
            line.Append((char)next[0]);
        }
        while (next[0] != '\n');
        return line.ToString().TrimEnd();
    }
}
