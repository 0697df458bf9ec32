using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>A folder for the PATH with links to the tools of this machine.</summary>
internal static class ToolFolder
{
    /// <summary>Links all tools except the given ones.</summary>
    public static TemporaryFolder Without(params string[] missing)
    {
        var tools = new TemporaryFolder();
        foreach (var folder in Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Where(Directory.Exists))
        {
            foreach (var tool in Directory.EnumerateFiles(folder))
            {
                var link = Path.Combine(tools.Path, Path.GetFileName(tool));
                if (!missing.Contains(Path.GetFileName(tool)) && !File.Exists(link))
                {
                    File.CreateSymbolicLink(link, tool);
                }
            }
        }
        return tools;
    }
}
