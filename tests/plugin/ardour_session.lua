-- Ardour without a screen. Usage: ardour-lua ardour_session.lua new|again FOLDER NAME RATE PLUGIN PRESET
-- new: a session with a stereo track, a recorded clip of a second or so on it, and the plugin with a preset.
-- again: open the session, save it, close it.
local way, folder, name, rate, uri, preset = table.unpack(arg)

local function wait(seconds)
   for _ = 1, seconds * 20 do ARDOUR.LuaAPI.usleep(50000) end
end

local function again()
   AudioEngine:set_backend("None (Dummy)", "", "")
   return assert(load_session(folder, name), "the session does not open")
end

-- Recording is the way to a clip that every version of Ardour writes its own way. What is recorded does not
-- matter: the test puts another sound into the file.
local function new()
   local backend = AudioEngine:set_backend("None (Dummy)", "", "")
   backend:set_device_name("Uniform White Noise")
   local session = create_session(folder, name, tonumber(rate))
   local track = session:new_audio_track(2, 2, nil, 1, "Guitar", ARDOUR.PresentationInfo.max_order,
      ARDOUR.TrackMode.Normal, true):front()
   local no_group = PBD.GroupControlDisposition.NoGroup
   track:rec_enable_control():set_value(1, no_group)
   session:maybe_enable_record(false)
   session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
   wait(1.5)
   session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
   wait(1)
   track:rec_enable_control():set_value(0, no_group)
   for region in track:to_track():playlist():region_list():iter() do
      region:to_audioregion():set_fade_in_active(false)
      region:to_audioregion():set_fade_out_active(false)
   end

   local processor = ARDOUR.LuaAPI.new_plugin(session, uri, ARDOUR.PluginType.LV2, "")
   assert(not processor:isnil(), "Ardour does not find the plugin")
   track:add_processor_by_index(processor, 0, nil, true)
   local plugin = processor:to_insert():plugin(0)
   local found = plugin:preset_by_label(preset)
   assert(found and plugin:load_preset(found), "the preset does not load")
   return session
end

local session = way == "new" and new() or again()
wait(0.5)
session:save_state("")
close_session()
quit()
